/** The executors by name. */
import type { ExecutorName } from '../options.ts';
import type { Executor } from './executor.ts';
import { inlineExecutor } from './inline.ts';

const EXECUTORS: Readonly<Record<ExecutorName, () => Executor>> = {
  inline: () => inlineExecutor,
};

export const createExecutor = (name: ExecutorName): Executor => EXECUTORS[name]();
