/** Bytes that calls allocate on the JavaScript heap: by subject, on stdout. Run without the optimising compilers, so that it is the same each time. */
import { getHeapStatistics } from 'node:v8';
import { compileEchoPlugin, ECHO_FUNCTION } from '../../bench/call/echo-plugin.ts';
import { median } from '../../bench/support/statistics.ts';
import { createEngine } from '../../engine/index.ts';

const CALLS = 1_000;
const ROUNDS = 7;
const INPUT = new Uint8Array(16);

const allocated = (): number => (getHeapStatistics() as { total_allocated_bytes?: number }).total_allocated_bytes ?? 0;

async function perCall(call: () => unknown): Promise<number> {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = allocated();
    for (let i = 0; i < CALLS; i++) await call();
    rounds.push((allocated() - before) / CALLS);
  }
  return median(rounds);
}

function perSyncCall(call: () => unknown): number {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = allocated();
    for (let i = 0; i < CALLS; i++) call();
    rounds.push((allocated() - before) / CALLS);
  }
  return median(rounds);
}

await using engine = await createEngine({ executor: 'inline' });
const plugin = await engine.load(compileEchoPlugin());
console.log(
  JSON.stringify({
    'callBytesSync, 16 B': perSyncCall(() => plugin.callBytesSync(ECHO_FUNCTION, INPUT)),
    'callBytes, 16 B': await perCall(() => plugin.callBytes(ECHO_FUNCTION, INPUT)),
    'call, a short object': await perCall(() => plugin.call(ECHO_FUNCTION, { a: 1 })),
  }),
);
