/** What each form stops: some cases of the isolation table, of the peer that has this form. */
import { readFileSync } from 'node:fs';
import type { CaseName } from '../isolation/cases.ts';
import { runInLanes } from '../isolation/lanes.ts';
import { PEERS } from '../isolation/peers.ts';
import type { CaseResult, IsolationResults, IsolationRow } from '../isolation/results.ts';
import { tryCase } from '../isolation/watchdog.ts';
import type { SafetyRow } from './results.ts';
import { FORM_TABLE, FORMS, type FormName } from './subjects.ts';

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
interface Wanted {
  readonly form: FormName;
  readonly name: CaseName;
}

/** @param isolation path of a document of `bench:isolation`: what is in it is not tried again */
export async function safetyOf(quick: boolean, isolation: string | undefined): Promise<SafetyRow[]> {
  const wanted = FORMS.flatMap((form) => (quick ? QUICK_CASES : CASES).map((name): Wanted => ({ form, name })));
  const known = isolation === undefined ? [] : (JSON.parse(readFileSync(isolation, 'utf8')) as IsolationResults).rows;
  const knownOf = ({ form, name }: Wanted): IsolationRow | undefined =>
    known.find((row) => row.peer === FORM_TABLE[form].peer && row.case === name);
  const others = wanted.filter((one) => knownOf(one) === undefined);
  const tried = await runInLanes(others, ({ form, name }) => {
    const peer = PEERS.find((one) => one.name === FORM_TABLE[form].peer);
    if (peer === undefined) throw new Error(`no peer ${FORM_TABLE[form].peer}`);
    return tryCase(peer, name, { calls: 1, callsMs: 1, guests: 1 });
  });
  return wanted.map((one) => {
    const { outcome, detail } = knownOf(one) ?? (tried[others.indexOf(one)] as CaseResult);
    return { form: one.form, case: one.name, outcome, detail };
  });
}
