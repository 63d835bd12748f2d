/** The real memory of instances, for those who ask where the memory of the process went. In bytes. */

/** What one instance takes. */
export interface InstanceMemory {
  /** It is live; otherwise it is evicted, and comes back when it is called. */
  readonly live: boolean;
  /** Linear memory: as large as the plugin made it. The system gives it page by page as it is touched. */
  readonly linear: number;
  /** V8's data for the entries of its tables, about. */
  readonly tables: number;
  /** What is kept of its state beside it: to come back from, or to go back to after each call. */
  readonly snapshots: number;
}

/** What the instances of a plugin, or of all plugins, take together. */
export interface MemoryUse {
  /** Instances, evicted ones included. */
  readonly instances: number;
  readonly live: number;
  readonly linear: number;
  readonly tables: number;
  readonly snapshots: number;
  /** All bytes together. */
  readonly total: number;
}

/** A worker or child, and what it takes beside the linear memory of its instances. */
export interface WallMemory {
  readonly executor: 'worker' | 'process';
  /** Instances in it, evicted ones included. */
  readonly instances: number;
  /** JavaScript heap of the thread with the instances, and what hangs on it outside. Undefined where it has not said so in a second. */
  readonly heap: number | undefined;
  /** All memory that a child has of the system, that of its instances included; undefined for a worker, which shares the process. */
  readonly resident: number | undefined;
}

export function memoryOf(instances: Iterable<{ readonly memory: InstanceMemory }>): MemoryUse {
  const sum = { instances: 0, live: 0, linear: 0, tables: 0, snapshots: 0 };
  for (const { memory } of instances) {
    sum.instances++;
    if (memory.live) sum.live++;
    sum.linear += memory.linear;
    sum.tables += memory.tables;
    sum.snapshots += memory.snapshots;
  }
  return { ...sum, total: sum.linear + sum.tables + sum.snapshots };
}

export function sumOfMemory(uses: Iterable<MemoryUse>): MemoryUse {
  const sum = { instances: 0, live: 0, linear: 0, tables: 0, snapshots: 0, total: 0 };
  for (const use of uses) for (const name of Object.keys(sum) as (keyof MemoryUse)[]) sum[name] += use[name];
  return sum;
}
