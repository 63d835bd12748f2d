/** What is measured of many plugins in one process, and how it is printed. */
import type { Machine } from '../support/machine.ts';
import { table } from '../support/table.ts';

/** Plugins that are all live at the same time. */
export interface LiveRow {
  readonly plugins: number;
  readonly plugin: string;
  /** KiB of memory that the process has from the system, for each. */
  readonly rssKiB: number;
  /** Of these, pages of its linear memory. Only on Linux. */
  readonly ownKiB: number | undefined;
  /** The rest. */
  readonly beyondKiB: number | undefined;
  /** KiB of JavaScript heap for each. */
  readonly heapKiB: number;
  readonly loadUs: number;
}

/** Plugins of which only some are live. */
export interface RegisteredRow {
  readonly plugins: number;
  readonly plugin: string;
  readonly maxLive: number;
  /** Instances that are live when all are loaded. */
  readonly live: number;
  /** KiB for each plugin that is evicted. */
  readonly rssKiB: number;
  readonly heapKiB: number;
  readonly snapshotBytes: number;
  readonly loadUs: number;
  /** A call of one that is evicted, and of one that is live, microseconds. */
  readonly evictedCallUs: number;
  readonly liveCallUs: number;
}

/** One instance at a time. */
export interface MoveRow {
  readonly plugin: string;
  /** Microseconds, medians. */
  readonly evictUs: number;
  readonly reviveUs: number;
  readonly resetUs: number;
}

export interface DensityResults {
  readonly suite: 'density';
  readonly machine: Machine;
  /** Memories that a process has room for. */
  readonly memories: number;
  readonly live: readonly LiveRow[];
  readonly registered: readonly RegisteredRow[];
  readonly moves: readonly MoveRow[];
}

const kib = (value: number | undefined): string => (value === undefined ? '-' : value.toFixed(1));
const us = (value: number): string => value.toFixed(value < 10 ? 2 : 0);

export function printResults({ machine, memories, live, registered, moves }: DensityResults): void {
  const { cpu, cores, node, date } = machine;
  console.log(`Many plugins in one process, on Node ${node}, ${cpu} x${cores}, ${date}`);
  console.log(`One process has room for ${memories} memories.\n`);
  console.log('All live, KiB for each:');
  console.log(
    table(
      ['plugin', 'plugins', 'rss', 'own memory', 'beyond', 'JS heap', 'load µs'],
      live.map((row) => [
        row.plugin,
        String(row.plugins),
        kib(row.rssKiB),
        kib(row.ownKiB),
        kib(row.beyondKiB),
        kib(row.heapKiB),
        us(row.loadUs),
      ]),
    ),
  );
  console.log('\nMost evicted, KiB for each of them:');
  console.log(
    table(
      ['plugin', 'plugins', 'live', 'rss', 'JS heap', 'snapshot bytes', 'load µs', 'call µs', 'of a live one'],
      registered.map((row) => [
        row.plugin,
        String(row.plugins),
        String(row.live),
        kib(row.rssKiB),
        kib(row.heapKiB),
        row.snapshotBytes.toFixed(0),
        us(row.loadUs),
        us(row.evictedCallUs),
        us(row.liveCallUs),
      ]),
    ),
  );
  console.log('\nOne instance, µs:');
  console.log(
    table(
      ['plugin', 'evict', 'come back', 'go back after a call'],
      moves.map((row) => [row.plugin, us(row.evictUs), us(row.reviveUs), us(row.resetUs)]),
    ),
  );
}
