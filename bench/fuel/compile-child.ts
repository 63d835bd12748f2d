/** Compile times in V8: a CompileJob on stdin, the fastest of some compilations of each file in ms of CPU on stdout. */
import { readFileSync } from 'node:fs';
import { appendCustomSection } from '../../engine/wasm/custom-sections.ts';

export interface CompileJob {
  readonly files: readonly string[];
  readonly rounds: number;
}

const { files, rounds } = JSON.parse(readFileSync(0, 'utf8')) as CompileJob;
const modules = files.map((file) => new Uint8Array(readFileSync(file)));
const best = files.map(() => Number.POSITIVE_INFINITY);
for (let round = 0; round < rounds; round++) {
  for (const [i, bytes] of modules.entries()) {
    // Equal bytes would come out of V8's cache.
    const fresh = appendCustomSection(bytes, 'round', Uint8Array.of(round, i));
    const { user, system } = process.cpuUsage();
    new WebAssembly.Module(fresh);
    const spent = process.cpuUsage({ user, system });
    best[i] = Math.min(best[i] as number, (spent.user + spent.system) / 1000);
  }
}
process.stdout.write(JSON.stringify(best));
