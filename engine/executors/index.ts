/** The executors by name. */
import type { ExecutorName, FilledEngineOptions } from '../options.ts';
import type { Executor } from './executor.ts';
import { createInlineExecutor } from './inline.ts';
import { createProcessExecutor } from './process.ts';
import { createWorkerExecutor } from './worker.ts';

const EXECUTORS: Readonly<Record<ExecutorName, (options: FilledEngineOptions) => Executor>> = {
  inline: createInlineExecutor,
  worker: createWorkerExecutor,
  process: createProcessExecutor,
};

export const createExecutor = (name: ExecutorName, options: FilledEngineOptions): Executor => EXECUTORS[name](options);
