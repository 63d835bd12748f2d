import { describe } from 'vitest';
import { inlineExecutor } from '../../engine/executors/inline.ts';
import { createWorkerExecutor } from '../../engine/executors/worker.ts';
import { canSuspend } from '../../engine/runtime/jspi.ts';
import { serviceContract } from './service-contract.ts';

describe.runIf(canSuspend)('inline', () => serviceContract(() => inlineExecutor));
describe('worker', () => serviceContract(() => createWorkerExecutor({ workers: 1 })));
describe('worker that blocks while its guests wait', () =>
  serviceContract(() => createWorkerExecutor({ workers: 1, blocks: true })));
