import { describe } from 'vitest';
import { createProcessExecutor } from '../../engine/executors/process.ts';
import { executorContract } from './contract.ts';

describe('process', () => executorContract(() => createProcessExecutor({ workers: 2 })));
