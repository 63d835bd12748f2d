/** What each form stops: some cases of the isolation table, of the peer that has this form. */
import { availableParallelism } from 'node:os';
import { type CaseName, caseNamed } from '../isolation/cases.ts';
import { PEERS } from '../isolation/peers.ts';
import { canWatchMemory, runHost } from '../isolation/watchdog.ts';
import type { SafetyRow } from './results.ts';
import { FORM_TABLE, FORMS } from './subjects.ts';

const QUICK_CASES: readonly CaseName[] = ['endless loop', 'redirect to a private address'];
const CASES: readonly CaseName[] = [
  ...QUICK_CASES,
  'memory bomb',
  'stack bomb',
  'crash in start',
  'huge output',
  'log flood',
  'close during a call',
];
/** Until a host that gives no sign counts as hanging. */
const patienceMs = (quick: boolean): number => (quick ? 2_500 : 5_000);

export async function trySafety(quick: boolean): Promise<SafetyRow[]> {
  const wanted = FORMS.flatMap((form) => (quick ? QUICK_CASES : CASES).map((name) => ({ form, name })));
  const rows: SafetyRow[] = [];
  const order = wanted.keys();
  const lane = async (): Promise<void> => {
    for (const at of order) {
      const { form, name } = wanted[at] as (typeof wanted)[number];
      const peer = PEERS.find((one) => one.name === FORM_TABLE[form].peer);
      if (peer === undefined) throw new Error(`no peer ${FORM_TABLE[form].peer}`);
      const job = { peer: peer.name, case: name, calls: 1, callsMs: 1, guests: 1 };
      const isBlind = caseNamed(name).watchesMemory === true && !canWatchMemory;
      const result = isBlind
        ? ({ outcome: 'none', detail: 'memory is watched on Linux only' } as const)
        : await runHost(job, peer.flags ?? [], patienceMs(quick));
      rows[at] = { form, case: name, ...result };
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, lane));
  return rows;
}
