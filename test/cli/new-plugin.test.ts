/** The life of a new plugin, outside the repository: new, its own tests, build, inspect, run. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type CliResult, documentOf, REPOSITORY, ringfence, runNode, temporaryDir, writeIn } from './support/cli.ts';

const home = temporaryDir();
const dir = join(home, 'tea-timer');
const wasm = 'build/tea-timer.wasm';
let made: CliResult;

beforeAll(async () => {
  made = await ringfence(['new', 'tea-timer'], { cwd: home });
  linkPackages(dir);
});

/** What `npm install` would fetch, taken from this checkout. */
function linkPackages(plugin: string): void {
  const modules = join(plugin, 'node_modules');
  mkdirSync(modules);
  for (const name of ['vitest', 'assemblyscript'])
    symlinkSync(join(REPOSITORY, 'node_modules', name), join(modules, name));
  symlinkSync(join(REPOSITORY, 'guest-sdk'), join(modules, 'ringfence-guest'));
  // The engine as it is now, not as it was built last.
  const alias = {
    'ringfence/testing': join(REPOSITORY, 'engine/testing/index.ts'),
    ringfence: join(REPOSITORY, 'engine/index.ts'),
  };
  writeFileSync(
    join(plugin, 'vitest.config.mjs'),
    `export default { resolve: { alias: ${JSON.stringify(alias)} } };\n`,
  );
}

test('new says what it made and what comes next', () => {
  expect(made).toMatchObject({ status: 0, stderr: '' });
  expect(made.stdout).toContain('made tea-timer in tea-timer');
  expect(made.stdout).toMatch(/Next:\n(?: {2}npm run build .*\n)? {2}cd tea-timer\n {2}npm install\n {2}npm test\n$/);
});

test('it depends on the checkout that made it, so it installs before anything is published', () => {
  const { devDependencies } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
  expect(devDependencies).toMatchObject({
    ringfence: expect.stringMatching(/^file:/),
    'ringfence-guest': expect.stringMatching(/^file:.*guest-sdk$/),
    assemblyscript: expect.stringMatching(/^\^\d/),
    node: expect.stringMatching(/^\^\d/),
    vitest: expect.stringMatching(/^\^\d/),
  });
});

describe('built', () => {
  let built: CliResult;
  beforeAll(async () => {
    built = await ringfence(['build'], { cwd: dir });
  });

  test('says name, version, sizes, time and functions', () => {
    expect(built).toMatchObject({ status: 0, stderr: '' });
    expect(built.stdout).toMatch(/^built tea-timer 0\.1\.0 in [\d.]+ m?s$/m);
    expect(built.stdout).toMatch(/^ {2}build\/tea-timer\.wasm +[\d.]+ KiB$/m);
    expect(built.stdout).toMatch(/^ {2}build\/tea-timer\.wasm\.map +[\d.]+ [KM]iB$/m);
    expect(built.stdout).toMatch(/^ {2}greet\(name: string\): string +Greets somebody by name\.$/m);
    expect(built.stdout).toMatch(/^ {2}count\(text: string\).* +Counts words/m);
  });

  test('passes its own tests', async () => {
    const vitest = join(REPOSITORY, 'node_modules/vitest/vitest.mjs');
    const { status, stdout, stderr } = await runNode([vitest, 'run'], { cwd: dir, env: { NO_COLOR: '1' } });
    expect(stderr + stdout).toMatch(/Tests +3 passed \(3\)/);
    expect(status).toBe(0);
  });

  test('inspects', async () => {
    const { status, stdout, stderr } = await ringfence(['inspect', wasm], { cwd: dir });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^tea-timer 0\.1\.0$/m);
    expect(stdout).toContain('Ringfence guest ABI v1');
    expect(stdout).toContain('nothing beyond what every plugin has');
  });

  test('runs', async () => {
    const result = await ringfence(['run', wasm, 'greet', '--input', '"Ada"', '--json'], { cwd: dir });
    expect(result.status).toBe(0);
    expect(documentOf(result)).toMatchObject({ ok: true, value: 'Hello, Ada!' });
    expect(result.stderr).toBe('info  tea-timer greeting Ada\n');
  });

  test('takes its configuration, and has it checked', async () => {
    const args = ['run', wasm, 'greet', '--input', '"Ada"', '--json', '--config'];
    expect(documentOf(await ringfence([...args, '{"greeting":"Hi"}'], { cwd: dir }))).toMatchObject({
      value: 'Hi, Ada!',
    });
    expect(documentOf(await ringfence([...args, '{"greting":"Hi"}'], { cwd: dir }))).toMatchObject({
      ok: false,
      error: { code: 'INVALID_CONFIG' },
    });
  });
});

describe('new refuses', () => {
  test('a directory with something in it, and leaves it alone', async () => {
    const { status, stderr } = await ringfence(['new', 'tea-timer'], { cwd: home });
    expect(status).toBe(41);
    expect(stderr).toContain('Expected a new or an empty directory');
  });

  test.each([
    ['Tea Timer', 'Try `--name tea-timer`'],
    ['_tea', 'Try `--name tea`'],
    ['___', 'Expected the plugin'],
  ])('the name %s', async (name, says) => {
    const { status, stderr } = await ringfence(['new', name], { cwd: home });
    expect(status).toBe(41);
    expect(stderr).toContain(says);
  });

  test('a directory that cannot be made', async () => {
    writeIn(home, 'file', '');
    const { status, stderr } = await ringfence(['new', 'file/tea'], { cwd: home });
    expect(status).toBe(41);
    expect(stderr).toMatch(/^error INVALID_OPTION: Cannot use a path: ENOTDIR/);
  });
});

test('new takes an empty directory, and a name of its own', async () => {
  mkdirSync(join(home, 'Empty'));
  const { status } = await ringfence(['new', 'Empty', '--name', '@acme/tea'], { cwd: home });
  expect(status).toBe(0);
  expect(JSON.parse(readFileSync(join(home, 'Empty/plugin.json'), 'utf8'))).toMatchObject({ name: '@acme/tea' });
});
