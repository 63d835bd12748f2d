/** In a child process: one hostile call, and how much memory the process took for it at most. */
import { readFileSync } from 'node:fs';
import { createEngine, isRingfenceError } from '../../../engine/index.ts';
import { compilePlugin } from '../../support/wat.ts';

export interface MemoryReport {
  readonly code: string;
  readonly grownMiB: number;
}

/** Highest resident memory so far. Not `resourceUsage`: what that says begins with the size of the process that started this one. */
function peakMiB(): number {
  try {
    const [, kilobytes = '0'] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return Number(kilobytes) / 1024;
  } catch {
    return process.memoryUsage().rss / 1024 ** 2;
  }
}

const { file, call, memory } = JSON.parse(process.argv[2] as string) as {
  file: string;
  call: [string, unknown?];
  memory: string;
};
const bytes = new Uint8Array(readFileSync(file));
await using engine = await createEngine({
  executor: 'inline',
  limits: { memory, fuel: 4_000_000_000, timeoutMs: 60_000 },
});
// What the engine itself takes is there before.
const first = await engine.load(compilePlugin({ functions: { f: '(i64.const 0)' } }), { id: 'first' });
await first.callBytes('f', new Uint8Array());
const before = peakMiB();
let code = 'none';
try {
  const plugin = await engine.load(bytes, { id: 'hostile' });
  await plugin.call(call[0], call[1]);
} catch (error) {
  code = isRingfenceError(error) ? error.code : String(error);
}
// The next one is as good as the first.
await first.callBytes('f', new Uint8Array());
const report: MemoryReport = { code, grownMiB: Math.round(peakMiB() - before) };
process.stdout.write(JSON.stringify(report));
