/** What is measured of memory over many calls and loads, and how it is printed. */
import type { ExecutorName } from '../../engine/index.ts';
import type { Machine } from '../support/machine.ts';
import { factor, table } from '../support/table.ts';

export interface MemoryRow {
  readonly executor: ExecutorName;
  readonly work: 'calls' | 'loads';
  readonly count: number;
  /** MiB that the process and its children have from the system, after each tenth; null where the system does not say. */
  readonly tenthsMiB: readonly (number | null)[];
  readonly firstMiB: number | null;
  readonly lastMiB: number | null;
  /** The last against the first: 1 is no growth. */
  readonly growth: number | null;
  readonly heapMiB: number;
}

export interface MemoryResults {
  readonly suite: 'memory';
  readonly machine: Machine;
  readonly rows: readonly MemoryRow[];
}

const mib = (value: number | null): string => (value === null ? '-' : value.toFixed(1));

export function printResults({ machine, rows }: MemoryResults): void {
  const { cpu, cores, node, date } = machine;
  console.log(`Memory over many calls and loads, on Node ${node}, ${cpu} x${cores}, ${date}; MiB\n`);
  const body = rows.map(({ executor, work, count, firstMiB, lastMiB, growth, heapMiB }) => [
    `${executor}, ${count} ${work}`,
    mib(firstMiB),
    mib(lastMiB),
    growth === null ? '-' : factor(growth),
    mib(heapMiB),
  ]);
  console.log(table(['work', 'after a tenth', 'at the end', 'growth', 'JS heap'], body));
}
