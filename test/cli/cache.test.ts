/** Where `ringfence run` keeps metered modules. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compilePlugin, ECHO } from '../support/wat.ts';
import { ringfence, temporaryDir, writeIn } from './support/cli.ts';

const dir = temporaryDir();
const plugin = writeIn(dir, 'guest.wasm', compilePlugin({ functions: { echo: ECHO } }));
/** The modules in a cache; beside them lies its secret. */
const entries = (...path: readonly string[]): string[] =>
  readdirSync(join(dir, ...path)).filter((name) => name.endsWith('.rfm'));
const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}): ReturnType<typeof ringfence> =>
  ringfence(['run', plugin, 'echo', '--input', '1', ...args], { cwd: dir, env });

test('--cache: there, and the next run uses it', async () => {
  for (let i = 0; i < 2; i++) {
    expect(await run(['--cache', 'modules', '--json'])).toMatchObject({ status: 0, stderr: '' });
    expect(entries('modules')).toHaveLength(1);
  }
});

test("without it: below the user's cache directory", async () => {
  const env = { XDG_CACHE_HOME: join(dir, 'xdg'), HOME: join(dir, 'home') };
  expect((await run([], env)).status).toBe(0);
  if (process.platform === 'linux') expect(entries('xdg', 'ringfence', 'modules')).toHaveLength(1);
});

test('--no-cache: nowhere', async () => {
  expect((await run(['--no-cache'], { XDG_CACHE_HOME: join(dir, 'none') })).status).toBe(0);
  expect(readdirSync(dir)).not.toContain('none');
});

test('a directory that cannot be used costs a line on standard error', async () => {
  writeFileSync(join(dir, 'file'), '');
  const { status, stdout, stderr } = await run(['--cache', join('file', 'modules'), '--json']);
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, value: 1 });
  expect(stderr).toMatch(/^warn +\(engine\) Cannot use the module cache .*\n$/);
});
