/** What a plugin makes its host hold: no more than its own memory and a fixed rest, whatever it speaks. Each in a child process. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MEMORY_CASES } from './support/hostile-guests.ts';
import type { MemoryReport } from './support/memory-child.ts';

const MEMORY_MIB = 32;
/** What docs/SECURITY.md states: code, blocks, values on their way, and what the collector has not taken yet. */
const OVERHEAD_MIB = 64;
const child = fileURLToPath(new URL('./support/memory-child.ts', import.meta.url));
const run = promisify(execFile);
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringfence-memory-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(MEMORY_CASES)('$name', async ({ name, bytes, call, codes }) => {
  const file = join(folder, `${name.replace(/\W+/g, '-')}.wasm`);
  writeFileSync(file, await bytes());
  const input = JSON.stringify({ file, call, memory: `${MEMORY_MIB}MiB` });
  const { stdout } = await run(process.execPath, ['--no-warnings', child, input]);
  const report = JSON.parse(stdout) as MemoryReport;
  expect(codes.length === 0 ? ['none'] : codes).toContain(report.code);
  expect(report.grownMiB).toBeLessThanOrEqual(MEMORY_MIB + OVERHEAD_MIB);
});
