/** In a child process: one hostile call, and how much memory the process took for it at most. */
import { readFileSync } from 'node:fs';
import { createEngine, isRingfenceError } from '../../../engine/index.ts';
import { compilePlugin } from '../../support/wat.ts';

export interface MemoryReport {
  readonly code: string;
  readonly grownMiB: number;
}

const { file, call, memory } = JSON.parse(process.argv[2] as string) as {
  file: string;
  call: [string, unknown?];
  memory: string;
};
const bytes = new Uint8Array(readFileSync(file));
await using engine = await createEngine({ executor: 'inline', limits: { memory, fuel: 4_000_000_000, timeoutMs: 60_000 } });
// What the engine itself takes is there before.
const first = await engine.load(compilePlugin({ functions: { f: '(i64.const 0)' } }), { id: 'first' });
await first.callBytes('f', new Uint8Array());
const before = process.resourceUsage().maxRSS;
let code = 'none';
try {
  const plugin = await engine.load(bytes, { id: 'hostile' });
  await plugin.call(call[0], call[1]);
} catch (error) {
  code = isRingfenceError(error) ? error.code : String(error);
}
// The next one is as good as the first.
await first.callBytes('f', new Uint8Array());
const report: MemoryReport = { code, grownMiB: Math.round((process.resourceUsage().maxRSS - before) / 1024) };
process.stdout.write(JSON.stringify(report));
