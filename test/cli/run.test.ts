/** `ringfence run` where all goes well: inputs, options, what is printed where. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { USAGE_NAMES } from '../../engine/index.ts';
import { canSuspend } from '../../engine/runtime/jspi.ts';
import { compilePlugin, ECHO, returnText } from '../support/wat.ts';
import { documentOf, ringfence, temporaryDir, writeIn } from './support/cli.ts';

const dir = temporaryDir();
const hello = returnText('$hello', '"hello\\u001b[31m"');
const bytes = returnText('$bytes', Uint8Array.of(0, 0xff, 0x80, 0x0a));
const line = returnText('$line', 'well done');
const plugin = writeIn(
  dir,
  'guest.wasm',
  compilePlugin({
    imports: `(import "env" "log" (func $log (param i32 i32 i32)))
      (import "env" "config_get" (func $config (param i32 i32) (result i64)))`,
    functions: {
      echo: ECHO,
      hello: hello.body,
      bytes: bytes.body,
      nothing: '(i64.const 0)',
      config: '(call $config (i32.const 0) (i32.const 0))',
      log: `${line.body} (drop) (call $log (i32.const 3) (local.get $at) (i32.const 9)) (i64.const 0)`,
    },
    extra: `${hello.data} ${bytes.data} ${line.data}`,
  }),
);

test('prints the value on standard output, the usage on standard error', async () => {
  const { status, stdout, stderr } = await ringfence(['run', plugin, 'echo', '--input', '{"a":[1,"ü"]}']);
  expect({ status, stdout }).toEqual({ status: 0, stdout: '{\n  "a": [\n    1,\n    "ü"\n  ]\n}\n' });
  expect(stderr).toMatch(/used +allowed/);
  for (const name of USAGE_NAMES) expect(stderr).toMatch(new RegExp(`^${name} +[\\d.,]+.* %$`, 'm'));
});

test('--json prints one document with value and usage, and nothing on standard error', async () => {
  const result = await ringfence(['run', plugin, 'echo', '--input', '"x"', '--json']);
  expect(result).toMatchObject({ status: 0, stderr: '' });
  const { ok, value, usage, ...rest } = documentOf(result);
  expect({ ok, value, rest }).toEqual({ ok: true, value: 'x', rest: {} });
  expect(Object.keys(usage as object)).toEqual([...USAGE_NAMES]);
  for (const row of Object.values(usage as object)) {
    expect(row).toEqual({ used: expect.any(Number), limit: expect.any(Number) });
  }
});

test('a function that returns nothing prints nothing, and has no value in the document', async () => {
  expect((await ringfence(['run', plugin, 'nothing'])).stdout).toBe('');
  const { ok, usage: _, ...rest } = documentOf(await ringfence(['run', plugin, 'nothing', '--json']));
  expect({ ok, rest }).toEqual({ ok: true, rest: {} });
});

describe('input', () => {
  test.each([
    ['from a file', ['--input', '@input.json'], undefined],
    ['from standard input', ['--input', '-'], '[1,2]'],
    ['as text', ['-i', '[1,2]'], undefined],
  ])('%s', async (_, args, stdin) => {
    writeIn(dir, 'input.json', '[1,2]');
    const result = await ringfence(['run', plugin, 'echo', '--json', ...args], {
      cwd: dir,
      ...(stdin === undefined ? {} : { stdin }),
    });
    expect(documentOf(result)).toMatchObject({ ok: true, value: [1, 2] });
  });

  test('--raw passes bytes both ways', async () => {
    const sent = Uint8Array.of(0, 1, 0xff, 0x0d, 0x0a);
    const { status, bytes: got } = await ringfence(['run', plugin, 'echo', '--raw', '--input', '-'], { stdin: sent });
    expect({ status, got: [...got] }).toEqual({ status: 0, got: [...sent] });
  });

  test('--raw prints bytes that are no text', async () => {
    const { bytes: got } = await ringfence(['run', plugin, 'bytes', '--raw']);
    expect([...got]).toEqual([0, 0xff, 0x80, 0x0a]);
  });
});

test('text of the plugin cannot steer the terminal', async () => {
  const { stdout } = await ringfence(['run', plugin, 'hello']);
  expect(stdout).toBe('"hello\\u001b[31m"\n');
});

test.each([
  ['as JSON', '{"stop":["the"]}'],
  ['from a file', '@config.json'],
])('--config %s', async (_, config) => {
  writeIn(dir, 'config.json', '{"stop":["the"]}');
  const result = await ringfence(['run', plugin, 'config', '--json', '--config', config], { cwd: dir });
  expect(documentOf(result)).toMatchObject({ ok: true, value: { stop: ['the'] } });
});

test('--limit sets limits, with units', async () => {
  const args = ['--limit', 'fuel=5M', '-l', 'timeoutMs=2s', '-l', 'memory=1MiB'];
  const { usage } = documentOf(await ringfence(['run', plugin, 'nothing', '--json', ...args]));
  expect(usage).toMatchObject({ fuel: { limit: 5_000_000 }, wallMs: { limit: 2_000 }, memory: { limit: 1024 * 1024 } });
});

test('--fuel is short for the limit, in units or as CPU time', async () => {
  const units = documentOf(await ringfence(['run', plugin, 'nothing', '--json', '--fuel', '5M']));
  expect(units.usage).toMatchObject({ fuel: { limit: 5_000_000 } });
  const { status, stderr } = await ringfence(['run', plugin, 'nothing', '--fuel', '50ms']);
  expect(status).toBe(0);
  const [, fuel, rate] = /^50ms of CPU time is ([\d,]+) fuel here: ([\d,]+) per millisecond$/m.exec(stderr) ?? [];
  const number = (text = ''): number => Number(text.replaceAll(',', ''));
  expect(number(fuel)).toBe(50 * number(rate));
  expect(stderr).toMatch(new RegExp(`^fuel +[\\d,]+ +${fuel}`, 'm'));
});

test('logs go to standard error, also beside a document', async () => {
  const result = await ringfence(['run', plugin, 'log', '--json']);
  expect(result.stderr).toBe('warn  guest well done\n');
  expect(documentOf(result)).toMatchObject({ ok: true, usage: { logBytes: { used: 9 } } });
});

test('events that the plugin sends are shown, on one line', async () => {
  const wasm = compilePlugin({
    imports: '(import "env" "emit" (func $emit (param i32 i32 i32 i32) (result i32)))',
    functions: {
      tell: '(drop (call $emit (i32.const 2048) (i32.const 10) (local.get $ptr) (local.get $len))) (i64.const 0)',
    },
    extra: '(data (i32.const 2048) "order.paid")',
    manifest: { permissions: { emit: [{ name: 'order.*', reason: 'tells' }] } },
  });
  const file = writeIn(dir, 'telling.wasm', wasm);
  const result = await ringfence(['run', file, 'tell', '--input', '{"id": "a\\u001b[2Jb"}', '--grant', 'emit']);
  expect(result.status).toBe(0);
  expect(result.stderr).toContain('event order.paid {"id":"a\\u001b[2Jb"}');
});

describe('--grant', () => {
  const asking = (port: number): string => {
    const head = returnText('$head', JSON.stringify({ url: `http://127.0.0.1:${port}/` }));
    const wasm = compilePlugin({
      imports: `(import "env" "http_request" (func $request (param i32 i32 i32 i32) (result i32)))
        (import "env" "http_status" (func $status (param i32) (result i32)))`,
      manifest: { permissions: { http: [{ host: `http://127.0.0.1:${port}`, reason: 'says hello' }] } },
      // The status is three digits of JSON.
      functions: {
        get: `(local $status i32) ${head.body} (drop)
          (local.set $status (call $status (call $request (local.get $at) (i32.const ${JSON.stringify({ url: `http://127.0.0.1:${port}/` }).length}) (i32.const 0) (i32.const 0))))
          (local.set $at (call $malloc (i32.const 3)))
          (i32.store8 offset=0 (local.get $at) (i32.add (i32.const 48) (i32.div_u (local.get $status) (i32.const 100))))
          (i32.store8 offset=1 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (i32.div_u (local.get $status) (i32.const 10)) (i32.const 10))))
          (i32.store8 offset=2 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $status) (i32.const 10))))
          (call $pack (local.get $at) (i32.const 3))`,
      },
      extra: head.data,
    });
    return writeIn(dir, `asking-${port}.wasm`, wasm);
  };

  test.skipIf(!canSuspend).each([
    ['an origin', (port: number) => `http=http://127.0.0.1:${port}`],
    ['several, between commas', (port: number) => `http=https://other.example,http://127.0.0.1:${port}`],
  ])('%s (needs JSPI: Node.js 24)', async (_, grant) => {
    const server = createServer((__, response) => response.writeHead(203).end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const result = await ringfence(['run', asking(port), 'get', '--json', '--grant', grant(port)]);
      expect(documentOf(result)).toMatchObject({ ok: true, value: 203, usage: { httpRequests: { used: 1 } } });
    } finally {
      server.close();
    }
  });

  test.skipIf(!canSuspend)('whatever the manifest asks for, on public addresses alone', async () => {
    const result = await ringfence(['run', asking(9), 'get', '--grant', 'http']);
    expect(result.stderr).toContain('"http": [{ "host": "http://127.0.0.1:9", "allowPrivate": true }]');
  });

  test('without it the plugin is refused, with the line to add', async () => {
    const result = await ringfence(['run', asking(9), 'get']);
    expect(result.status).toBe(30);
    expect(result.stderr).toContain('“says hello”');
    expect(result.stderr).toContain('run it with: --grant http=http://127.0.0.1:9\n');
  });
});
