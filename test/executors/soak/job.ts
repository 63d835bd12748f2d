/** What the soak asks of its processes, and what they answer. */
import type { ExecutorName } from '../../../engine/index.ts';

export interface SoakJob {
  readonly executor: ExecutorName;
  /** `calls`: of one plugin. `loads`: each loads a plugin, calls it and unloads it. */
  readonly work: 'calls' | 'loads';
  readonly count: number;
}

/** What the process and its children hold, after a collection. In bytes. */
export interface Held {
  /** After so many calls or loads. */
  readonly done: number;
  /** Memory that the process and its children have from the system; undefined where it does not say what children have. */
  readonly rss: number | undefined;
  /** JavaScript heap and buffers of the engine's thread. */
  readonly heap: number;
}

export interface SoakReport extends SoakJob {
  /** After each tenth. */
  readonly tenths: readonly Held[];
  readonly seconds: number;
}
