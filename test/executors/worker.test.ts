import { describe } from 'vitest';
import { createWorkerExecutor } from '../../engine/executors/worker.ts';
import { executorContract } from './contract.ts';

describe('worker', () => executorContract(() => createWorkerExecutor({ workers: 2 })));
