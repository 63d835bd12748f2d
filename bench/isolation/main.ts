/**
 * What each sandbox stops: `npm run bench:isolation -- [options]`.
 *
 * Guests that loop, take memory, overflow the stack, crash, flood; each in a host process of its own under a watchdog, which is
 * judged by what the caller, another guest and the event loop notice. `--json` prints one document instead of the table.
 */
import { parseArgs } from 'node:util';
import { choose, whole } from '../support/arguments.ts';
import { describeMachine } from '../support/machine.ts';
import { CASES, type CaseName, MILLION, THOUSAND } from './cases.ts';
import { LANES, runInLanes } from './lanes.ts';
import { LIMITS, type Peer } from './peer.ts';
import { PEERS } from './peers.ts';
import { QUICK } from './quick.ts';
import { type CaseResult, type HostResult, type IsolationResults, printResults } from './results.ts';
import { HOST_MEMORY_BYTES, tryCase } from './watchdog.ts';

/** A million calls of the slowest peers take longer; what they make in that time is said. */
const CALL_SECONDS = 30;
const HELP = `Usage: npm run bench:isolation -- [options]
  --json          one JSON document on stdout, progress on stderr
  --peers a,b     only these: ${PEERS.map(({ name }) => name).join(', ')}
  --cases a,b     only these: ${CASES.map(({ name }) => name).join(', ')}
  --calls N       how many a million calls are             [${MILLION}]
  --guests N      how many a thousand guests are           [${THOUSAND}]
  --patience N    seconds until a host that gives no sign counts as hanging  [3 with endless loops, else 6]
  --lanes N       hosts at the same time; standstills may be counted that are the neighbours'  [${LANES}]
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

interface Settings {
  readonly calls: number;
  readonly guests: number;
  readonly patienceMs: number | undefined;
}

async function run(peer: Peer, name: CaseName, { calls, guests, patienceMs }: Settings): Promise<HostResult> {
  const without = peer.missing ?? peer.without?.[name];
  if (without !== undefined) return { outcome: 'none', detail: without };
  return tryCase(peer, name, { calls, callsMs: CALL_SECONDS * 1000, guests, patienceMs });
}

if (given.help) console.log(HELP);
else {
  const quick = given.quick ? QUICK : undefined;
  const settings: Settings = {
    calls: whole('--calls', given.calls, quick?.calls ?? MILLION),
    guests: whole('--guests', given.guests, quick?.guests ?? THOUSAND),
    patienceMs: given.patience === undefined ? undefined : 1000 * whole('--patience', given.patience, 1),
  };
  const peers = choose(PEERS, given.peers ?? quick?.peers.join(','));
  const names = choose<{ readonly name: CaseName }>(CASES, given.cases ?? quick?.cases.join(',')).map(
    ({ name }) => name,
  );
  const wanted = names.flatMap((name) => peers.map((peer) => ({ name, peer })));
  const started = performance.now();
  const came = await runInLanes(
    wanted,
    async ({ name, peer }) => {
      const result = await run(peer, name, settings);
      console.error(`${name}, ${peer.name}: ${result.outcome}. ${result.detail}`);
      return result;
    },
    whole('--lanes', given.lanes, LANES),
  );
  console.error(`${Math.round((performance.now() - started) / 1000)} s`);
  const results: IsolationResults = {
    suite: 'isolation',
    machine: describeMachine(),
    hostMemoryBytes: HOST_MEMORY_BYTES,
    limits: LIMITS,
    calls: settings.calls,
    guests: settings.guests,
    peers: peers.map(({ name, fairness }) => ({ name, fairness: fairness.replaceAll('\n', ' ') })),
    rows: wanted.map(({ name, peer }, at) => ({ peer: peer.name, case: name, ...(came[at] as CaseResult) })),
  };
  if (given.json) console.log(JSON.stringify(results, undefined, 2));
  else printResults(results);
}
