/** The package as it is built: the files in which its threads start are where the code looks for them. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { largePlugin } from './support/large-plugin.ts';
import { compilePlugin, ECHO } from './support/wat.ts';

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

test('its plugin tests run under node:test, from the package by its name', () => {
  // As it is packed: package.json beside `dist`. What it depends on is found above, in this checkout.
  const installed = join(built, 'author', 'node_modules', 'ringfence');
  mkdirSync(installed, { recursive: true });
  cpSync(join(REPOSITORY, 'package.json'), join(installed, 'package.json'));
  for (const file of readdirSync(built).filter((name) => name !== 'author' && name !== 'large.wasm'))
    cpSync(join(built, file), join(installed, 'dist', file), { recursive: true });
  const echo = compilePlugin({ functions: { echo: ECHO }, manifest: { permissions: { kv: true } } });
  writeFileSync(join(built, 'author', 'echo.wasm'), echo);
  writeFileSync(
    join(built, 'author', 'plugin.test.mjs'),
    `import assert from 'node:assert/strict';
     import test from 'node:test';
     import { isRingfenceError } from 'ringfence';
     import { assertUsage, failureOf, testPlugin } from 'ringfence/testing';

     test('echoes', async () => {
       const plugin = await testPlugin('echo.wasm', { kv: { a: '1' } });
       try {
         const { value, usage } = await plugin.invoke('echo', { a: 1 });
         assert.deepEqual(value, { a: 1 });
         assertUsage(usage, { hostCalls: 0 });
         assert.equal(plugin.kv.text('a'), '1');
         assert.equal((await failureOf(plugin.call('echo', 1, { limits: { fuel: 1 } }))).code, 'OUT_OF_FUEL');
         await assert.rejects(plugin.call('nothing'), (error) => isRingfenceError(error, 'UNKNOWN_FUNCTION'));
       } finally {
         await plugin.close();
       }
     });`,
  );
  const output = execFileSync(process.execPath, ['--test', '--test-reporter=tap', 'plugin.test.mjs'], {
    cwd: join(built, 'author'),
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(output).toContain('# pass 1');
});

test('every subpath of the package is built', () => {
  const { exports } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as {
    exports: Record<string, string | { readonly default: string }>;
  };
  const targets = Object.values(exports).flatMap((target) => (typeof target === 'string' ? [] : [target.default]));
  expect(targets.length).toBeGreaterThan(3);
  for (const target of targets) expect(existsSync(join(built, target.replace('./dist/', ''))), target).toBe(true);
});
