/** What came of each peer in each case: the document of `--json`, and its table. */
import type { Machine } from '../support/machine.ts';
import { table } from '../support/table.ts';
import { CASES, type CaseName } from './cases.ts';

/** From the best to the worst for who runs the guest. */
export const OUTCOMES = {
  clean:
    'stopped cleanly: the caller got an error or the right answer, other guests kept their state, and the event loop stood still for less than half a deadline',
  loss: 'stopped with loss: the host lives, but lost time, state, a call or a guest',
  through: 'let through: nothing stopped the guest, and the host carried what it did',
  hangs: 'hangs the host: its event loop stands still, or the caller waits for ever',
  ends: 'ends the host: the process is gone',
  none: 'not tried: there is nothing in it that could be tried so, or it is not installed',
} as const;
export type Outcome = keyof typeof OUTCOMES;

export interface CaseResult {
  readonly outcome: Outcome;
  /** What the caller was told, and what was lost. */
  readonly detail: string;
}

/** What the process of a host says of a case. */
export interface HostResult extends CaseResult {
  /** Nothing was lost but time, and something else may have taken it. */
  readonly isDoubtful?: boolean;
}

export interface IsolationRow extends CaseResult {
  readonly peer: string;
  readonly case: CaseName;
}

export interface IsolationResults {
  readonly suite: 'isolation';
  readonly machine: Machine;
  /** What a host and its children may hold together. */
  readonly hostMemoryBytes: number;
  readonly limits: Readonly<Record<string, number>>;
  /** How many "a million calls" were. */
  readonly calls: number;
  /** How many "a thousand guests" were. */
  readonly guests: number;
  readonly peers: readonly { readonly name: string; readonly fairness: string }[];
  readonly rows: readonly IsolationRow[];
}

const SHORT: Readonly<Record<Outcome, string>> = {
  clean: 'clean',
  loss: 'loss',
  through: 'through',
  hangs: 'HANGS',
  ends: 'ENDS',
  none: '-',
};

export function printResults({ machine, peers, rows, calls, guests, hostMemoryBytes }: IsolationResults): void {
  const { cpu, cores, node, date } = machine;
  console.log(`What sandboxes stop, on Node ${node}, ${cpu} x${cores}, ${date}`);
  console.log(
    `Each case in a process of its own that may hold ${hostMemoryBytes / 2 ** 20} MiB. A million calls are ${calls} here, a thousand guests ${guests}.\n`,
  );
  const cases = CASES.filter(({ name }) => rows.some((row) => row.case === name));
  const found = (peer: string, name: CaseName): IsolationRow | undefined =>
    rows.find((row) => row.peer === peer && row.case === name);
  console.log(
    table(
      ['case', ...peers.map(({ name }) => name)],
      cases.map(({ name }) => [name, ...peers.map((peer) => SHORT[found(peer.name, name)?.outcome ?? 'none'])]),
    ),
  );
  console.log(
    `\n${Object.entries(OUTCOMES)
      .map(([outcome, text]) => `${SHORT[outcome as Outcome]}: ${text}`)
      .join('\n')}`,
  );
  for (const { name, fairness } of peers) {
    console.log(`\n${name}. ${fairness.replaceAll('\n', ' ')}`);
    for (const row of rows) if (row.peer === name) console.log(`  ${row.case}: ${SHORT[row.outcome]}. ${row.detail}`);
  }
}
