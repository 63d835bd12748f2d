/** Plugins written for Extism, unmodified: what they can do, and every way in which they may try to do more. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../engine/errors.ts';
import {
  createEngine,
  type Engine,
  type LimitsInput,
  type LoadOptions,
  type LogEntry,
  type Plugin,
} from '../../engine/index.ts';
import { canSuspend } from '../../engine/runtime/jspi.ts';
import { failure } from '../support/errors.ts';
import { ECHO_USES, EXTISM_ECHO, extismGuest, type ForeignWat } from '../support/foreign-guests.ts';

const EXECUTORS = ['inline', 'worker', 'process'] as const;
let engine: Engine;
const entries: LogEntry[] = [];
beforeAll(async () => {
  engine = await createEngine({ executor: 'inline', logger: { log: (entry) => entries.push(entry) } });
});
afterAll(() => engine.close());

let loaded = 0;
const load = (wat: ForeignWat, options: LoadOptions = {}): Promise<Plugin> =>
  engine.load(extismGuest(wat), { id: `guest-${++loaded}`, ...options });

const echo: ForeignWat = { uses: ECHO_USES, functions: { echo: EXTISM_ECHO } };
/** A block with this text. */
const block = (text: string): string => {
  const bytes = [...new TextEncoder().encode(text)];
  const stores = bytes.map(
    (byte, i) => `(call $store_u8 (i64.add (local.get $a) (i64.const ${i})) (i32.const ${byte}))`,
  );
  return `(local.set $a (call $alloc (i64.const ${bytes.length}))) ${stores.join(' ')}`;
};
const WRITES = ['alloc', 'store_u8'] as const;

describe.each(EXECUTORS)('%s', (executor) => {
  test('input and output of all sizes come through', async () => {
    const plugin = await load(echo, { executor });
    for (const length of [0, 1, 7, 8, 9, 4_095, 65_536, 1_048_576]) {
      const input = Uint8Array.from({ length }, (_, i) => i * 7);
      expect(await plugin.callBytes('echo', input)).toEqual(input);
    }
    await plugin.unload();
  });

  test.each<readonly [title: string, wat: ForeignWat, limits: LimitsInput, code: ErrorCode]>([
    ['an endless loop', { functions: { run: '(loop $l (br $l)) (unreachable)' } }, { fuel: 5_000_000 }, 'OUT_OF_FUEL'],
    [
      'an endless loop of host calls that cost little',
      { uses: ['load_u8'], functions: { run: '(loop $l (drop (call $load_u8 (i64.const 0))) (br $l)) (unreachable)' } },
      { fuel: 5_000_000 },
      'OUT_OF_FUEL',
    ],
    [
      'a deadline',
      { functions: { run: '(loop $l (br $l)) (unreachable)' } },
      { fuel: '40G', timeoutMs: 50 },
      'DEADLINE_EXCEEDED',
    ],
    [
      'a memory bomb',
      { functions: { run: '(loop $l (br_if $l (i32.ne (memory.grow (i32.const 64)) (i32.const -1)))) (unreachable)' } },
      { memory: '8MiB' },
      'TRAP',
    ],
    [
      'blocks without end',
      {
        uses: ['alloc'],
        functions: { run: '(loop $l (drop (call $alloc (i64.const 1048576))) (br $l)) (unreachable)' },
      },
      {},
      'LIMIT_EXCEEDED',
    ],
  ])('%s ends, and the next call is answered', async (_, wat, limits, code) => {
    const plugin = await load(
      { ...wat, uses: [...ECHO_USES, ...(wat.uses ?? [])], functions: { ...wat.functions, echo: EXTISM_ECHO } },
      { executor, limits },
    );
    await failure(() => plugin.call('run'), code);
    expect(await plugin.call('echo', 'still here')).toBe('still here');
    await plugin.unload();
  });
});

describe('values', () => {
  test('text goes as it is, all else as JSON; what comes back is JSON or else text', async () => {
    const plugin = await load(echo);
    expect(plugin.info).toMatchObject({ contract: 'extism', functions: ['echo'] });
    expect(await plugin.call('echo', 'plain text')).toBe('plain text');
    expect(await plugin.call('echo', '{"a":1}')).toEqual({ a: 1 });
    expect(await plugin.call('echo', { b: [2] })).toEqual({ b: [2] });
    expect(await plugin.call('echo')).toBeUndefined();
  });

  test('the same call uses the same fuel, in every executor', async () => {
    const used: number[] = [];
    for (const executor of EXECUTORS) {
      const plugin = await load(echo, { executor });
      for (let i = 0; i < 2; i++) used.push((await plugin.invoke('echo', 'x'.repeat(1_000))).usage.fuel.used);
      await plugin.unload();
    }
    expect(new Set(used).size).toBe(1);
    expect(used[0]).toBeGreaterThan(1_000);
  });

  test('over the limits on input and output the call fails, and the instance lives on', async () => {
    const plugin = await load(echo, { limits: { inputBytes: 100 } });
    const error = await failure(() => plugin.call('echo', 'x'.repeat(101)), 'LIMIT_EXCEEDED');
    expect(error.details).toMatchObject({ limit: 'inputBytes' });
    const small = await load(echo, { limits: { outputBytes: 10 } });
    await failure(() => small.call('echo', 'x'.repeat(11)), 'LIMIT_EXCEEDED');
    expect(await small.call('echo', 'short')).toBe('short');
  });

  test('a status that is not zero is a GUEST_ERROR with the text that the plugin set', async () => {
    const plugin = await load({
      uses: [...WRITES, 'error_set'],
      functions: {
        fail: `${block('no such city')} (call $error_set (local.get $a)) (i32.const 1)`,
        silent: '(i32.const 7)',
      },
    });
    const error = await failure(() => plugin.call('fail'), 'GUEST_ERROR');
    expect(error.details).toMatchObject({ message: 'no such city' });
    const silent = await failure(() => plugin.call('silent'), 'GUEST_ERROR');
    expect(silent.message).toContain('status 7');
  });
});

describe('what the host has for it', () => {
  const output = '(call $output_set (local.get $b) (call $length (local.get $b))) (i32.const 0)';

  test('configuration: texts as they are, other values as JSON, none as zero', async () => {
    const key = (name: string): string => `${block(name)} (local.set $b (call $config_get (local.get $a))) ${output}`;
    const plugin = await load(
      {
        uses: [...WRITES, 'config_get', 'length', 'output_set'],
        functions: { text: key('city'), list: key('list'), none: key('constructor') },
      },
      { config: { city: 'Łódź', list: [1, 2] } },
    );
    expect(await plugin.call('text')).toBe('Łódź');
    expect(await plugin.call('list')).toEqual([1, 2]);
    expect(await plugin.call('none')).toBeUndefined();
  });

  const variables: ForeignWat = {
    uses: [...ECHO_USES, 'var_get', 'var_set', 'length'],
    functions: {
      set: `${block('name')} (local.set $b (call $alloc (i64.const 3)))
        (call $store_u8 (local.get $b) (i32.const 0x61)) (call $var_set (local.get $a) (local.get $b)) (i32.const 0)`,
      get: `${block('name')} (local.set $b (call $var_get (local.get $a)))
        (call $output_set (local.get $b) (call $length (local.get $b))) (i32.const 0)`,
      remove: `${block('name')} (call $var_set (local.get $a) (i64.const 0)) (i32.const 0)`,
      trap: '(unreachable)',
    },
  };

  test('variables outlast calls, and traps', async () => {
    const plugin = await load(variables);
    await plugin.call('set');
    await failure(() => plugin.call('trap'), 'TRAP');
    expect(await plugin.callBytes('get', new Uint8Array())).toEqual(Uint8Array.of(0x61, 0, 0));
    await plugin.call('remove');
    expect(await plugin.callBytes('get', new Uint8Array())).toEqual(new Uint8Array());
  });

  test('variables are gone after each call with reset: per-call', async () => {
    const plugin = await load(variables, { reset: 'per-call' });
    await plugin.call('set');
    expect(await plugin.callBytes('get', new Uint8Array())).toEqual(new Uint8Array());
  });

  test('log lines of every level, with the level that is read', async () => {
    const plugin = await load({
      uses: [...WRITES, 'log_info', 'log_error', 'get_log_level'],
      functions: {
        log: `${block('a line')} (call $log_info (local.get $a)) (call $log_error (local.get $a)) (i32.const 0)`,
        level: '(call $get_log_level)',
      },
    });
    entries.length = 0;
    await plugin.call('log');
    expect(entries.map(({ level, message }) => [level, message])).toEqual([
      ['info', 'a line'],
      ['error', 'a line'],
    ]);
    await plugin.call('level');
  });
});

describe.runIf(canSuspend)('HTTP', () => {
  let server: Server;
  let origin = '';
  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/large') response.end('x'.repeat(2_000_000));
      else response.writeHead(201, { 'x-answer': 'yes' }).end(`${request.method} ${request.url}`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  const requesting = (url: string, method = 'GET'): ForeignWat => ({
    uses: [...WRITES, 'http_request', 'http_status_code', 'http_headers', 'length', 'output_set'],
    functions: {
      fetch: `${block(JSON.stringify({ url, method, headers: { 'x-from': 'plugin' } }))}
        (local.set $b (call $http_request (local.get $a) (i64.const 0)))
        (call $output_set (local.get $b) (call $length (local.get $b)))
        (if (i32.ne (call $http_status_code) (i32.const 201)) (then (return (i32.const 9))))
        (i32.const 0)`,
      headers: `${block(JSON.stringify({ url, method }))}
        (drop (call $http_request (local.get $a) (i64.const 0)))
        (local.set $b (call $http_headers))
        (call $output_set (local.get $b) (call $length (local.get $b)))
        (i32.const 0)`,
    },
  });

  test.each(EXECUTORS)('%s: what is granted is answered, and counted', async (executor) => {
    const plugin = await load(requesting(`${origin}/city`), { grants: { http: [origin] }, executor });
    const { value, usage } = await plugin.invoke('fetch');
    expect(value).toBe('GET /city');
    expect(usage.httpRequests.used).toBe(1);
    expect(await plugin.call('headers')).toMatchObject({ 'x-answer': 'yes' });
  });

  test('without a grant the call ends with the line to add', async () => {
    const plugin = await load(requesting(`${origin}/city`));
    expect((await failure(() => plugin.call('fetch'), 'PERMISSION_DENIED')).message).toContain('"http"');
  });

  test('another host than the granted one is refused', async () => {
    const plugin = await load(requesting('http://127.0.0.2:1/'), { grants: { http: [origin] } });
    await failure(() => plugin.call('fetch'), 'PERMISSION_DENIED');
  });

  test('a body over the limit on blocks ends the call', async () => {
    const plugin = await load(requesting(`${origin}/large`), {
      grants: { http: [origin] },
      limits: { blockBytes: '1MiB' },
    });
    await failure(() => plugin.call('fetch'), 'LIMIT_EXCEEDED');
  });
});

/** Addresses that are none. */
const WRONG = ['0x7fffffffffffffff', '-9223372036854775808', '-1', '0x100000000', '65529', '0xfffffffffffffff9'];

describe('hostile guests', () => {
  test.each(WRONG)('reading and writing at %s ends the call', async (address) => {
    const plugin = await load({
      uses: ['load_u8', 'load_u64', 'store_u8', 'store_u64'],
      functions: {
        load_word: `(drop (call $load_u64 (i64.const ${address}))) (i32.const 0)`,
        store_word: `(call $store_u64 (i64.const ${address}) (i64.const 1)) (i32.const 0)`,
      },
    });
    const error = await failure(() => plugin.call('load_word'), 'BAD_POINTER');
    expect(error.message).toContain(`0x${BigInt.asUintN(64, BigInt(address)).toString(16)}`);
    await failure(() => plugin.call('store_word'), 'BAD_POINTER');
  });

  test('a guest cannot catch what ends it', async () => {
    const plugin = await load({
      uses: ['load_u64'],
      functions: { run: '(try (do (drop (call $load_u64 (i64.const -1)))) (catch_all)) (i32.const 0)' },
    });
    await failure(() => plugin.call('run'), 'BAD_POINTER');
  });

  test.each(WRONG)('input is zero past its end, at %s too', async (offset) => {
    const plugin = await load({
      uses: ['input_load_u8', 'input_load_u64'],
      functions: {
        run: `(i32.or (call $input_load_u8 (i64.const ${offset})) (i32.wrap_i64 (call $input_load_u64 (i64.const ${offset}))))`,
      },
    });
    expect(await plugin.call('run', '12345678')).toBeUndefined();
  });

  test.each(['0', '1', '-1', '0x8000000000000000', '16'])(
    'freeing %s, which is no block, does nothing',
    async (address) => {
      const plugin = await load({
        uses: ['free', 'length'],
        functions: {
          run: `(call $free (i64.const ${address})) (i32.wrap_i64 (call $length (i64.const ${address})))`,
        },
      });
      expect(await plugin.call('run')).toBeUndefined();
    },
  );

  test('freeing a block twice does not hand it out twice', async () => {
    const plugin = await load({
      uses: ['free', 'alloc'],
      functions: {
        run: `(local.set $a (call $alloc (i64.const 64))) (call $free (local.get $a)) (call $free (local.get $a))
          (local.set $a (call $alloc (i64.const 64))) (local.set $b (call $alloc (i64.const 64)))
          (i64.eq (local.get $a) (local.get $b))`,
      },
    });
    expect(await plugin.call('run')).toBeUndefined();
  });

  test('memory that is handed out again is zero', async () => {
    const plugin = await load({
      uses: ['free', 'alloc', 'store_u64', 'load_u64'],
      functions: {
        run: `(local.set $a (call $alloc (i64.const 64))) (call $store_u64 (local.get $a) (i64.const -1))
          (call $free (local.get $a)) (local.set $b (call $alloc (i64.const 64)))
          (i32.wrap_i64 (call $load_u64 (local.get $b)))`,
      },
    });
    for (let i = 0; i < 2; i++) expect(await plugin.call('run')).toBeUndefined();
  });

  test.each(['0x8000000000000000', '-1', '0x7fffffffffffffff', '0x100000000', '16777217'])(
    'a block of %s bytes is refused',
    async (size) => {
      const plugin = await load({
        uses: ['alloc'],
        functions: { run: `(drop (call $alloc (i64.const ${size}))) (i32.const 0)` },
      });
      const error = await failure(() => plugin.call('run'), 'LIMIT_EXCEEDED');
      expect(error.details).toMatchObject({ limit: 'blockBytes' });
    },
  );

  test('no more small blocks than the host has room for', async () => {
    const plugin = await load(
      {
        uses: ['alloc'],
        functions: { run: '(loop $l (drop (call $alloc (i64.const 1))) (br $l)) (unreachable)' },
      },
      { limits: { hostCalls: 1_000_000 } },
    );
    expect((await failure(() => plugin.call('run'), 'LIMIT_EXCEEDED')).message).toContain('blocks');
  });

  test.each([
    ['0', '-1'],
    ['-1', '1'],
    ['0x7fffffffffffffff', '0x7fffffffffffffff'],
    ['16', '0x100000000'],
  ])('output at %s of %s bytes ends the call', async (address, length) => {
    const plugin = await load({
      uses: ['output_set'],
      functions: { run: `(call $output_set (i64.const ${address}) (i64.const ${length})) (i32.const 0)` },
    });
    await failure(() => plugin.call('run'), 'BAD_POINTER');
  });

  test.each(['error_set', 'log_info', 'config_get', 'var_get'])(
    '%s of what is no block ends the call',
    async (name) => {
      const call = `(call $${name} (i64.const 0x123456))`;
      const plugin = await load({
        uses: [name],
        functions: { run: `${name.endsWith('_get') ? `(drop ${call})` : call} (i32.const 0)` },
      });
      await failure(() => plugin.call('run'), 'BAD_POINTER');
    },
  );

  test('a flood of variables ends at the limit, and the host keeps no more', async () => {
    const plugin = await load({
      uses: ['alloc', 'free', 'store_u64', 'var_set'],
      functions: {
        run: `(local.set $a (call $alloc (i64.const 8))) (local.set $b (call $alloc (i64.const 65536)))
          (loop $l
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (call $store_u64 (local.get $a) (i64.extend_i32_u (local.get $i)))
            (call $var_set (local.get $a) (local.get $b))
            (br $l))
          (unreachable)`,
      },
    });
    const error = await failure(() => plugin.call('run'), 'LIMIT_EXCEEDED');
    expect(error.details).toMatchObject({ limit: 'varBytes', allowed: 1024 * 1024 });
  });

  test('the kernel is not there for plugins of our own contract', async () => {
    const { compilePlugin } = await import('../support/wat.ts');
    const bytes = compilePlugin({ imports: '(import "extism:host/env" "alloc" (func (param i64) (result i64)))' });
    const error = await failure(() => engine.load(bytes), 'IMPORT_DENIED');
    expect(error.message).toContain('Extism');
  });

  test('functions of a host that are not there are named', async () => {
    const { compileWat } = await import('../support/wat.ts');
    const bytes = compileWat(
      '(module (import "extism:host/env" "input_length" (func (result i64))) (import "extism:host/user" "reboot" (func)) (func (export "run") (result i32) (i32.const 0)))',
    );
    expect((await failure(() => engine.load(bytes), 'IMPORT_DENIED')).message).toContain('reboot');
  });
});
