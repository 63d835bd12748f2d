import { describe } from 'vitest';
import { createProcessExecutor } from '../../engine/executors/process.ts';
import { executorContract } from './contract.ts';

describe('process', () =>
  executorContract((maxLiveInstances) =>
    createProcessExecutor({ workers: maxLiveInstances === undefined ? 2 : 1, maxLiveInstances }),
  ));
