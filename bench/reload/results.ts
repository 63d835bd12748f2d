/** What is measured of hot reload, and how it is printed. */
import type { ExecutorName } from '../../engine/index.ts';
import type { Machine } from '../support/machine.ts';
import { table } from '../support/table.ts';

export interface ReloadCase {
  readonly executor: ExecutorName;
}

export const CASES: readonly ReloadCase[] = [{ executor: 'inline' }, { executor: 'worker' }, { executor: 'process' }];

export interface ReloadRow extends ReloadCase {
  readonly reloads: number;
  /** Milliseconds from `manager.reload` to the version that runs with the state of the one before. */
  readonly reload: { readonly p50: number; readonly max: number };
  /** Milliseconds of the longest call that was made during a reload. */
  readonly longestCall: { readonly p50: number; readonly max: number };
  /** The same of calls while nothing is reloaded, one stretch as long as a reload after the other. */
  readonly quietCall: { readonly p50: number; readonly max: number };
  /** Calls made while versions changed; those that failed, and those that the state does not know of. */
  readonly calls: number;
  readonly failed: number;
  readonly forgotten: number;
}

export interface ReloadResults {
  readonly suite: string;
  readonly machine: Machine;
  readonly seconds: number;
  readonly rows: readonly ReloadRow[];
}

const ms = ({ p50, max }: { p50: number; max: number }): string => `${p50.toFixed(2)} / ${max.toFixed(2)}`;

export function printResults({ machine, seconds, rows }: ReloadResults): void {
  const { cpu, cores, node, date } = machine;
  console.log(
    `Reloads of a plugin with state under load, on Node ${node}, ${cpu} x${cores}, ${date}; ${seconds} s each`,
  );
  console.log('p50 / max in ms.\n');
  const body = rows.map((row) => [
    row.executor,
    String(row.reloads),
    ms(row.reload),
    ms(row.longestCall),
    ms(row.quietCall),
    String(row.calls),
    String(row.failed),
    String(row.forgotten),
  ]);
  console.log(
    table(
      ['executor', 'reloads', 'reload', 'longest call meanwhile', 'without a reload', 'calls', 'failed', 'forgotten'],
      body,
    ),
  );
}
