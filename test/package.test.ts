/** The package as it is built: the files in which its threads start are where the code looks for them. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { largePlugin } from './support/large-plugin.ts';

const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));
const BIN = join(REPOSITORY, 'node_modules', '.bin');
let built = '';

beforeAll(() => {
  const parent = join(REPOSITORY, 'node_modules', '.cache');
  mkdirSync(parent, { recursive: true });
  // Below node_modules, so that it finds the packages that it depends on.
  built = mkdtempSync(join(parent, 'ringfence-build-'));
  execFileSync(join(BIN, 'tsdown'), ['--out-dir', built, '--no-dts', '--logLevel', 'error'], { cwd: REPOSITORY });
  writeFileSync(join(built, 'large.wasm'), largePlugin());
});
afterAll(() => rmSync(built, { recursive: true, force: true }));

test.each(['inline', 'worker'])('a large plugin is checked in a thread and runs, executor %s', (executor) => {
  writeFileSync(
    join(built, 'run.js'),
    `import { createEngine } from './index.js';
     const engine = await createEngine({ executor: '${executor}', cache: 'cache-${executor}' });
     const plugin = await engine.load('large.wasm');
     console.log(await plugin.call('echo', 'built'));
     await engine.close();`,
  );
  const output = execFileSync(process.execPath, ['run.js'], { cwd: built, encoding: 'utf8', timeout: 60_000 });
  expect(output).toBe('built\n');
});
