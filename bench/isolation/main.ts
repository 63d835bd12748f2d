/**
 * What each sandbox stops: `npm run bench:isolation -- [options]`.
 *
 * Guests that loop, take memory, overflow the stack, crash, flood; each in a host process of its own under a watchdog, which is
 * judged by what the caller, another guest and the event loop notice. `--json` prints one document instead of the table.
 */
import { parseArgs } from 'node:util';
import { choose, whole } from '../support/arguments.ts';
import { describeMachine } from '../support/machine.ts';
import { CASES, type CaseName, MILLION } from './cases.ts';
import { LIMITS, type Peer } from './peer.ts';
import { PEERS } from './peers.ts';
import { type CaseResult, type IsolationResults, type IsolationRow, printResults } from './results.ts';
import { canWatchMemory, HOST_MEMORY_BYTES, runHost } from './watchdog.ts';

const QUICK_CALLS = 20_000;
const PATIENCE_SECONDS = 20;
/** For each of many calls, on the slowest way there is. */
const CALL_PATIENCE_MS = 2;
const HELP = `Usage: npm run bench:isolation -- [options]
  --json          one JSON document on stdout, progress on stderr
  --peers a,b     only these: ${PEERS.map(({ name }) => name).join(', ')}
  --cases a,b     only these: ${CASES.map(({ name }) => name).join(', ')}
  --calls N       how many a million calls are             [${MILLION}]
  --patience N    seconds until a host that gives no sign counts as hanging  [${PATIENCE_SECONDS}]
  --quick         the same with ${QUICK_CALLS} calls`;

const { values: given } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    peers: { type: 'string' },
    cases: { type: 'string' },
    calls: { type: 'string' },
    patience: { type: 'string' },
  },
});

const MEMORY_CASES: ReadonlySet<CaseName> = new Set([
  'memory bomb',
  'host memory bomb',
  'off-heap bomb',
  'fill of 4 GB',
]);

async function run(peer: Peer, name: CaseName, calls: number, seconds: number): Promise<CaseResult> {
  const without = peer.without?.[name];
  if (without !== undefined) return { outcome: 'none', detail: without };
  if (MEMORY_CASES.has(name) && !canWatchMemory) {
    return { outcome: 'none', detail: 'memory is watched on Linux only' };
  }
  const patience = seconds * 1000 + (name === 'a million calls' ? calls * CALL_PATIENCE_MS : 0);
  return runHost({ peer: peer.name, case: name, calls }, patience);
}

if (given.help) console.log(HELP);
else {
  const calls = whole('--calls', given.calls, given.quick ? QUICK_CALLS : MILLION);
  const patience = whole('--patience', given.patience, PATIENCE_SECONDS);
  const peers = choose(PEERS, given.peers);
  const rows: IsolationRow[] = [];
  for (const { name } of choose<{ readonly name: CaseName }>(CASES, given.cases)) {
    for (const peer of peers) {
      const result = await run(peer, name, calls, patience);
      console.error(`${name}, ${peer.name}: ${result.outcome}. ${result.detail}`);
      rows.push({ peer: peer.name, case: name, ...result });
    }
  }
  const results: IsolationResults = {
    suite: 'isolation',
    machine: describeMachine(),
    hostMemoryBytes: HOST_MEMORY_BYTES,
    limits: LIMITS,
    calls,
    peers: peers.map(({ name, fairness }) => ({ name, fairness: fairness.replaceAll('\n', ' ') })),
    rows,
  };
  if (given.json) console.log(JSON.stringify(results, undefined, 2));
  else printResults(results);
}
