/**
 * What host functions take, beside what they cost: `npm run bench:host-prices -- [options]`.
 *
 * Each is called with the input that is dearest for the host, and timed. The ratio is its time over the time that its fuel buys of
 * compiled guest code: above 1 a plugin makes the host work longer than it pays for.
 */
import { parseArgs } from 'node:util';
import { isAsync } from '../../engine/host/function.ts';
import { answering, type Import, wrap } from '../../engine/host/imports.ts';
import { HOST_FUNCTIONS } from '../../engine/host/table.ts';
import { GuestMemory } from '../../engine/memory/guest-memory.ts';
import { fuelPerMs } from '../../engine/runtime/fuel-rate.ts';
import { HostProbe } from '../../test/support/host-probe.ts';
import { describeMachine } from '../support/machine.ts';
import { median } from '../support/statistics.ts';
import { factor, table } from '../support/table.ts';
import { CASES, type Case } from './cases.ts';

const HELP = `Usage: npm run bench:host-prices -- [options]
  --json               one JSON document on stdout
  --only a,b           only rows whose name contains one of these
  --quick              few rounds: a look, not a measurement`;

const { values: given } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});

interface Row {
  readonly name: string;
  /** Type of what it answered: somebody looks at it. */
  readonly answer: string;
  readonly fuel: number;
  readonly ns: number;
  /** Time over what the fuel buys. */
  readonly ratio: number;
}

const ROUNDS = given.quick ? 5 : 40;
const CALLS = 2_000;
/** Where host functions put what they hand over: behind all that was written before. */
const ROOM_AT = 64 * 1024 * 1024;

function measure({ fn, prepare, between, isLarge = false }: Case, fuelPerNs: number): Omit<Row, 'name'> {
  let last: unknown;
  const probe = new HostProbe({
    limits: {
      memory: '1GiB',
      hostCalls: 4_000_000_000,
      logCallBytes: '1GiB',
      logLinesPerSecond: 1_000_000,
      jsonHandles: 1_000_000,
    },
    config: { short: 'x', long: 'x'.repeat(200_000), wide: 'é'.repeat(100_000) },
    logger: {
      log: (entry) => {
        last = entry;
      },
    },
    guest: { memory: '2048 2048' },
  });
  const args = prepare(probe);
  // An allocator that always has room: what was written so far stays.
  probe.host.memory = new GuestMemory({ ...probe.heap, malloc: () => ROOM_AT, free: () => {} });
  const row = HOST_FUNCTIONS.get(fn)!;
  const call: Import = wrap(isAsync(row) ? answering(row) : row, probe.host);
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = args;
  const calls = isLarge ? 1 : CALLS;
  const times: number[] = [];
  let fuel = 0;
  for (let round = -ROUNDS; round < ROUNDS; round++) {
    between?.(probe);
    const before = probe.fuelUsed();
    const start = process.hrtime.bigint();
    for (let i = 0; i < calls; i++) {
      probe.account.pay(row.price.base);
      try {
        last = call(a, b, c, d, e, f);
      } catch {
        throw probe.account.ended;
      }
    }
    const ns = Number(process.hrtime.bigint() - start) / calls;
    if (round >= 0) times.push(ns);
    fuel = (probe.fuelUsed() - before) / calls;
  }
  return { answer: typeof last, fuel, ns: median(times), ratio: median(times) / (fuel / fuelPerNs) };
}

if (given.help) console.log(HELP);
else {
  const parts = given.only?.split(',');
  const rate = fuelPerMs();
  const rows = CASES.filter(({ name }) => parts === undefined || parts.some((part) => name.includes(part))).map(
    (item): Row => ({ name: item.name, ...measure(item, rate / 1e6) }),
  );
  const results = { suite: 'host-prices', machine: describeMachine(), fuelPerMs: rate, rows };
  if (given.json) console.log(JSON.stringify(results, undefined, 2));
  else print(results);
}

function print({
  machine: { node, cpu, date },
  rows,
}: {
  machine: ReturnType<typeof describeMachine>;
  rows: readonly Row[];
}): void {
  console.log(`What host functions take beside what they cost, on Node ${node}, ${cpu}, ${date}\n`);
  const sorted = rows.toSorted((a, b) => b.ratio - a.ratio);
  const body = sorted.map(({ name, fuel, ns, ratio }) => [name, fuel.toFixed(0), ns.toFixed(0), factor(ratio)]);
  console.log(table(['host function', 'fuel', 'ns', 'ratio'], body));
}
