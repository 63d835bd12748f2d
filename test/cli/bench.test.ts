/** `ringfence bench`: what is measured, what is compared, what is suggested. */
import { expect, test } from 'vitest';
import type { Measurement } from '../../engine/cli/measurement.ts';
import { compilePlugin, ECHO, returnText } from '../support/wat.ts';
import { documentOf, ringfence, temporaryDir, writeIn } from './support/cli.ts';

const dir = temporaryDir();
const config = returnText('$config', 'x');
const plugin = writeIn(
  dir,
  'guest.wasm',
  compilePlugin({
    functions: { echo: ECHO, bad: '(unreachable)', grow: '(drop (memory.grow (i32.const 1))) (i64.const 0)' },
  }),
);
const asking = writeIn(
  dir,
  'asking.wasm',
  compilePlugin({
    imports: '(import "env" "config_get" (func $config (param i32 i32) (result i64)))',
    functions: { run: `${config.body} (drop) (call $config (local.get $at) (i32.const 1))` },
    extra: config.data,
  }),
);
const said = returnText('$said', 'hello');
const chatty = writeIn(
  dir,
  'chatty.wasm',
  compilePlugin({
    imports: '(import "env" "log" (func $log (param i32 i32 i32)))',
    functions: {
      run: `${said.body} (drop) (call $log (i32.const 2) (local.get $at) (i32.const 5)) (i64.const 0)`,
    },
    extra: said.data,
  }),
);
const SHORT = ['--calls', '40', '--seconds', '1'];

const measured = async (args: readonly string[]): Promise<Measurement> => {
  const result = await ringfence(['bench', ...args, ...SHORT, '--json']);
  expect(result).toMatchObject({ status: 0, stderr: '' });
  return documentOf(result).measurement as Measurement;
};

test('fuel is the same for every call and what `run` says; plain V8 is compared', async () => {
  const { calls, fuel, us, raw, limits, memory } = await measured([plugin, 'echo', '--input', '"hello"']);
  const run = documentOf(await ringfence(['run', plugin, 'echo', '--input', '"hello"', '--json']));
  expect(calls).toBe(40);
  expect(fuel.min).toBe(fuel.max);
  expect(run.usage).toMatchObject({ fuel: { used: fuel.median }, memory: { used: memory } });
  expect(us.min).toBeGreaterThan(0);
  expect(us.min <= us.median && us.median <= us.p95 && us.p95 <= us.p99 && us.p99 <= us.max).toBe(true);
  expect(raw).toMatchObject({ us: { median: expect.any(Number) }, ratio: expect.any(Number) });
  expect(limits.fuel).toBeGreaterThanOrEqual(2 * fuel.max);
  expect(limits.timeoutMs).toBeGreaterThanOrEqual(100);
});

test('the suggested limits let the call through', async () => {
  const { limits } = await measured([plugin, 'echo', '--input', '"hello"', '--no-raw']);
  const flags = Object.entries(limits).flatMap(([name, value]) => ['--limit', `${name}=${value}`]);
  const result = documentOf(await ringfence(['run', plugin, 'echo', '--input', '"hello"', '--json', ...flags]));
  expect(result).toMatchObject({ ok: true, value: 'hello' });
});

test('says why plain V8 is not compared', async () => {
  expect((await measured([plugin, 'echo', '--input', '1', '--no-raw'])).raw).toEqual({ without: 'not asked for' });
  expect((await measured([asking, 'run'])).raw).toEqual({ without: expect.stringContaining('config_get') });
});

test('prints a table and the flags to copy', async () => {
  const { status, stdout } = await ringfence(['bench', plugin, 'echo', '-i', '"hello"', ...SHORT]);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^guest, echo: 40 calls$/m);
  expect(stdout).toMatch(/^fuel +[\d,]+/m);
  expect(stdout).toMatch(/^on plain V8 +[\d.]+ [µm]s/m);
  expect(stdout).toMatch(/--limit fuel=\d+$/m);
});

test('what the plugin logs is shown once, not for every call', async () => {
  const { status, stderr } = await ringfence(['bench', chatty, 'run', ...SHORT]);
  expect(status).toBe(0);
  expect(stderr.match(/^info/gm)).toHaveLength(1);
});

test('a call that fails is an error as with `run`, and is not tried without the fence', async () => {
  const result = await ringfence(['bench', plugin, 'bad', ...SHORT, '--json']);
  expect(documentOf(result)).toMatchObject({ ok: false, error: { code: 'TRAP' } });
});

test.each([
  ['--calls', '0'],
  ['--seconds', 'soon'],
])('%s %s is refused', async (option, value) => {
  const { status, stderr } = await ringfence(['bench', plugin, 'echo', option, value]);
  expect(status).toBe(2);
  expect(stderr).toContain(option);
});

test('--help has examples', async () => {
  const { status, stdout } = await ringfence(['bench', '--help']);
  expect(status).toBe(0);
  expect(stdout).toContain('ringfence bench words.wasm');
});
