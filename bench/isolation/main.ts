/**
 * What each sandbox stops: `npm run bench:isolation -- [options]`.
 *
 * Guests that loop, take memory, overflow the stack, crash, flood; each in a host process of its own under a watchdog, which is
 * judged by what the caller, another guest and the event loop notice. `--json` prints one document instead of the table.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { choose, whole } from '../support/arguments.ts';
import { describeMachine } from '../support/machine.ts';
import { CASES, type CaseName, caseNamed, MILLION, THOUSAND } from './cases.ts';
import { LIMITS, type Peer } from './peer.ts';
import { PEERS } from './peers.ts';
import { QUICK } from './quick.ts';
import { type CaseResult, type IsolationResults, type IsolationRow, printResults } from './results.ts';
import { canWatchMemory, HOST_MEMORY_BYTES, runHost } from './watchdog.ts';

const PATIENCE_SECONDS = 7;
/** A million calls of the slowest peers take longer; what they make in that time is said. */
const CALL_SECONDS = 60;
const HELP = `Usage: npm run bench:isolation -- [options]
  --json          one JSON document on stdout, progress on stderr
  --peers a,b     only these: ${PEERS.map(({ name }) => name).join(', ')}
  --cases a,b     only these: ${CASES.map(({ name }) => name).join(', ')}
  --calls N       how many a million calls are             [${MILLION}]
  --guests N      how many a thousand guests are           [${THOUSAND}]
  --patience N    seconds until a host that gives no sign counts as hanging  [${PATIENCE_SECONDS}]
  --lanes N       hosts at the same time; standstills may be counted that are the neighbours'  [${availableParallelism()}]
  --quick         the peers and cases that differ most, with ${QUICK.calls} calls and ${QUICK.guests} guests`;

const { values: given } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    peers: { type: 'string' },
    cases: { type: 'string' },
    calls: { type: 'string' },
    guests: { type: 'string' },
    patience: { type: 'string' },
    lanes: { type: 'string' },
  },
});

/** Long ones first, so that no lane is left with one at the end. */
const LONG: readonly CaseName[] = ['a million calls', 'a thousand guests'];

interface Settings {
  readonly calls: number;
  readonly guests: number;
  readonly patienceMs: number;
}

async function run(peer: Peer, name: CaseName, { calls, guests, patienceMs }: Settings): Promise<CaseResult> {
  const without = peer.missing ?? peer.without?.[name];
  if (without !== undefined) return { outcome: 'none', detail: without };
  if (caseNamed(name).watchesMemory === true && !canWatchMemory) {
    return { outcome: 'none', detail: 'memory is watched on Linux only' };
  }
  const job = { peer: peer.name, case: name, calls, guests, callsMs: CALL_SECONDS * 1000 };
  return runHost(job, peer.flags ?? [], patienceMs);
}

if (given.help) console.log(HELP);
else {
  const quick = given.quick ? QUICK : undefined;
  const settings: Settings = {
    calls: whole('--calls', given.calls, quick?.calls ?? MILLION),
    guests: whole('--guests', given.guests, quick?.guests ?? THOUSAND),
    patienceMs: 1000 * whole('--patience', given.patience, quick?.patienceSeconds ?? PATIENCE_SECONDS),
  };
  const peers = choose(PEERS, given.peers ?? quick?.peers.join(','));
  const names = choose<{ readonly name: CaseName }>(CASES, given.cases ?? quick?.cases.join(',')).map(
    ({ name }) => name,
  );
  const wanted = names.flatMap((name) => peers.map((peer) => ({ name, peer })));
  const rows: IsolationRow[] = [];
  const order = wanted.map((_, at) => at).sort((a, b) => rank(wanted[a]?.name) - rank(wanted[b]?.name));
  const lane = async (): Promise<void> => {
    for (let at = order.shift(); at !== undefined; at = order.shift()) {
      const { name, peer } = wanted[at] as (typeof wanted)[number];
      const result = await run(peer, name, settings);
      console.error(`${name}, ${peer.name}: ${result.outcome}. ${result.detail}`);
      rows[at] = { peer: peer.name, case: name, ...result };
    }
  };
  const lanes = whole('--lanes', given.lanes, availableParallelism());
  const started = performance.now();
  await Promise.all(Array.from({ length: lanes }, lane));
  console.error(`${Math.round((performance.now() - started) / 1000)} s`);
  const results: IsolationResults = {
    suite: 'isolation',
    machine: describeMachine(),
    hostMemoryBytes: HOST_MEMORY_BYTES,
    limits: LIMITS,
    calls: settings.calls,
    guests: settings.guests,
    peers: peers.map(({ name, fairness }) => ({ name, fairness: fairness.replaceAll('\n', ' ') })),
    rows,
  };
  if (given.json) console.log(JSON.stringify(results, undefined, 2));
  else printResults(results);
}

function rank(name: CaseName | undefined): number {
  const at = name === undefined ? -1 : LONG.indexOf(name);
  return at < 0 ? LONG.length : at;
}
