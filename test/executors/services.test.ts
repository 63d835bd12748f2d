import { describe } from 'vitest';
import { createInlineExecutor } from '../../engine/executors/inline.ts';
import { createProcessExecutor } from '../../engine/executors/process.ts';
import { createWorkerExecutor } from '../../engine/executors/worker.ts';
import { canSuspend } from '../../engine/runtime/jspi.ts';
import { serviceContract } from './service-contract.ts';

describe.runIf(canSuspend)('inline', () => serviceContract(createInlineExecutor));
describe('worker', () => serviceContract(() => createWorkerExecutor({ workers: 1 })));
describe('process', () => serviceContract(() => createProcessExecutor({ workers: 1 })));
describe('process that blocks while its guests wait', () =>
  serviceContract(() => createProcessExecutor({ workers: 1, blocks: true })));
describe('worker that blocks while its guests wait', () =>
  serviceContract(() => createWorkerExecutor({ workers: 1, blocks: true })));
