/** The rewriter's own speed on one core: a RewriteJob on stdin, a row for each module on stdout. */
import { readFileSync } from 'node:fs';
import { meter } from '../../engine/meter/index.ts';
import { decodeModule } from '../../engine/wasm/decode.ts';
import { STACK_DEPTH } from './subjects.ts';
import { synthesise } from './synthesise.ts';

export interface RewriteJob {
  /** The program whose functions are repeated. */
  readonly file: string;
  readonly sizes: readonly number[];
  readonly rounds: number;
}

export interface RewriteRow {
  readonly bytes: number;
  readonly functions: number;
  /** Fastest whole call of `meter`: checking, V8's verdict before and after, and rewriting. */
  readonly totalMs: number;
  /** Of these, V8's own validation of the input: what any rewriter must add. */
  readonly validateMs: number;
  readonly growth: number;
}

const { file, sizes, rounds } = JSON.parse(readFileSync(0, 'utf8')) as RewriteJob;
const source = new Uint8Array(readFileSync(file));

function fastest(action: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const { user, system } = process.cpuUsage();
    const started = performance.now();
    action();
    const wall = performance.now() - started;
    const spent = process.cpuUsage({ user, system });
    // Garbage collection on other threads counts as CPU time but not as waiting: the shorter of the two is the work.
    best = Math.min(best, wall, (spent.user + spent.system) / 1000);
  }
  return best;
}

const options = { limits: { stackDepth: STACK_DEPTH } };
// The rewriter itself must be warm, as it is in a host that loads plugins all day.
fastest(() => meter(source, options));
const rows = sizes.map((size): RewriteRow => {
  const bytes = synthesise(source, size);
  let grown = 0;
  const totalMs = fastest(() => {
    grown = meter(bytes, options).bytes.length;
  });
  return {
    bytes: bytes.length,
    functions: decodeModule(bytes).functions.length,
    totalMs,
    validateMs: fastest(() => WebAssembly.validate(bytes)),
    growth: grown / bytes.length,
  };
});
process.stdout.write(JSON.stringify(rows));
