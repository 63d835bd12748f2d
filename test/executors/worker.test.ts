import { describe } from 'vitest';
import { createWorkerExecutor } from '../../engine/executors/worker.ts';
import { executorContract } from './contract.ts';

describe('worker', () =>
  executorContract((maxLiveInstances) =>
    createWorkerExecutor({ workers: maxLiveInstances === undefined ? 2 : 1, maxLiveInstances }),
  ));
