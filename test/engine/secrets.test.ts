/** Secrets and variables of the environment on their way through an engine: where they come from, and where they must not go. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine, type Engine, type ExecutorName, type LoadOptions, type LogEntry } from '../../engine/index.ts';
import { failure } from '../support/errors.ts';
import { compilePlugin } from '../support/wat.ts';

const KEY = 'sk-live-0123456789';
const reference = (name: string): string => `\${secret:${name}}`;
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'ringfence-secrets-'));
  process.env.RINGFENCE_TEST_KEY = KEY;
  process.env.RINGFENCE_TEST_HOST = 'api.example.com';
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
  delete process.env.RINGFENCE_TEST_KEY;
  delete process.env.RINGFENCE_TEST_HOST;
});

/** It says what it is told: in its log, with fields, in its errors, in a trap, and as its answer. */
const PARROT = compilePlugin({
  name: 'parrot',
  imports: `(import "env" "log" (func $log (param i32 i32 i32)))
    (import "env" "log_fields" (func $fields (param i32 i32 i32 i32 i32)))
    (import "env" "error_set" (func $error (param i32 i32)))
    (import "env" "config_get" (func $config (param i32 i32) (result i64)))`,
  functions: {
    log: '(call $log (i32.const 2) (local.get $ptr) (local.get $len)) (i64.const 0)',
    fields: '(call $fields (i32.const 2) (i32.const 0) (i32.const 0) (local.get $ptr) (local.get $len)) (i64.const 0)',
    fail: '(call $error (local.get $ptr) (local.get $len)) (i64.const -1)',
    echo: '(call $pack (local.get $ptr) (local.get $len))',
    config: '(call $config (i32.const 0) (i32.const 0))',
  },
});

async function loaded(options: LoadOptions, executor: ExecutorName = 'inline') {
  const entries: LogEntry[] = [];
  const engine = await createEngine({ executor, logger: { log: (entry) => entries.push(entry) } });
  const plugin = await engine.load(PARROT, options);
  return { engine, plugin, entries, [Symbol.asyncDispose]: () => engine.close() };
}

describe.each<ExecutorName>(['inline', 'worker'])('with the executor %s a secret', (executor) => {
  test('is struck from log lines and from the fields beside them', async () => {
    await using it = await loaded({ secrets: { KEY } }, executor);
    await it.plugin.call('log', `the server said ${KEY} and ${Buffer.from(`user:${KEY}`).toString('base64')}`);
    await it.plugin.call('fields', { headers: [{ authorization: `Bearer ${KEY}` }], [KEY]: 1 });
    expect(it.entries[0]?.message).toMatch(/^"the server said \[secret\] and .{0,8}\[secret\].{0,4}"$/);
    expect(it.entries[1]?.fields).toEqual({ headers: [{ authorization: 'Bearer [secret]' }], '[secret]': 1 });
  });

  test('is struck from what errors say, but not from what a plugin answers', async () => {
    await using it = await loaded({ secrets: { KEY } }, executor);
    const report = { code: 'UPSTREAM', message: `status 401 for ${KEY}`, details: { url: [`https://x/?key=${KEY}`] } };
    const error = await failure(() => it.plugin.call('fail', report), 'GUEST_ERROR');
    expect(error.message).toContain('status 401 for [secret]');
    expect(error.details).toMatchObject({
      message: 'status 401 for [secret]',
      details: { url: ['https://x/?key=[secret]'] },
    });
    for (const text of [JSON.stringify(error), inspect(error), error.stack]) expect(text).not.toContain(KEY);
    expect(await it.plugin.call('echo', KEY)).toBe(KEY);
  });

  test('of one plugin is not struck from what another says', async () => {
    await using it = await loaded({ secrets: { KEY } }, executor);
    const other = await it.engine.load(PARROT, { id: 'other' });
    await other.call('log', KEY);
    expect(it.entries[0]?.message).toContain(KEY);
  });

  test('is not in what the plugin can read, nor in what is printed of it', async () => {
    await using it = await loaded({ secrets: { KEY }, config: { auth: `Bearer ${reference('KEY')}` } }, executor);
    expect(await it.plugin.call('config')).toEqual({ auth: `Bearer ${reference('KEY')}` });
    for (const value of [it.plugin, it.engine, it.plugin.info]) {
      expect(inspect(value, { depth: 20, showHidden: true })).not.toContain(KEY);
    }
    expect(JSON.stringify(it.plugin)).not.toContain(KEY);
  });
});

describe('secrets come', () => {
  const logged = async (secrets: LoadOptions['secrets']): Promise<string | undefined> => {
    await using it = await loaded({ secrets });
    await it.plugin.call('log', `x${KEY}x`);
    return it.entries[0]?.message;
  };

  test('as they are', async () => {
    expect(await logged({ KEY })).toBe('"x[secret]x"');
  });

  test('from the environment', async () => {
    expect(await logged({ KEY: { env: 'RINGFENCE_TEST_KEY' } })).toBe('"x[secret]x"');
  });

  test('from a file, without the line break at its end', async () => {
    const file = join(dir, 'key');
    writeFileSync(file, `${KEY}\n`);
    expect(await logged({ KEY: { file } })).toBe('"x[secret]x"');
  });
});

describe('secrets are refused', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createEngine();
  });
  afterAll(() => engine.close());

  test.each<[name: string, secrets: unknown, said: string]>([
    [
      'from a variable that is not set',
      { KEY: { env: 'RINGFENCE_TEST_NONE' } },
      'RINGFENCE_TEST_NONE, which is not set',
    ],
    ['from a file that is not there', { KEY: { file: '/nowhere/key' } }, '/nowhere/key'],
    ['from two places', { KEY: { env: 'A', file: 'B' } }, 'secret "KEY"'],
    ['from nowhere', { KEY: {} }, 'secret "KEY"'],
    ['that are numbers', { KEY: 12_345_678 }, 'secret "KEY"'],
    ['that are null', { KEY: null }, 'secret "KEY"'],
    ['in a list', [KEY], '`secrets`'],
    ['that are short', { KEY: '1234567' }, 'KEY'],
    ['of two lines', { KEY: `${KEY}\n${KEY}` }, 'KEY'],
    ['with a name that is none', { 'a b': KEY }, 'a b'],
  ])('%s', async (_, secrets, said) => {
    const error = await failure(() => engine.load(PARROT, { secrets: secrets as { KEY: string } }), 'INVALID_OPTION');
    expect(error.message).toContain(said);
    expect(JSON.stringify(error)).not.toContain(KEY);
    expect(engine.plugins).toEqual([]);
  });
});

describe('the configuration', () => {
  const config = async (options: LoadOptions): Promise<unknown> => {
    await using it = await loaded(options);
    return it.plugin.call('config');
  };
  const host = `https://\${RINGFENCE_TEST_HOST}/`;

  test('reads the variables that are listed, and no others', async () => {
    expect(await config({ config: { url: host }, env: ['RINGFENCE_TEST_HOST'] })).toEqual({
      url: 'https://api.example.com/',
    });
    expect(await config({ config: { url: host } })).toEqual({ url: host });
    const error = await failure(() => config({ config: { url: host }, env: [] }), 'INVALID_CONFIG');
    expect(error.message).toContain('env: ["RINGFENCE_TEST_HOST"]');
  });

  test('checks what comes of it by the schema of the plugin, whose defaults read nothing', async () => {
    const wasm = compilePlugin({
      name: 'typed',
      imports: '(import "env" "config_get" (func $config (param i32 i32) (result i64)))',
      functions: { config: '(call $config (i32.const 0) (i32.const 0))' },
      manifest: {
        config: {
          type: 'object',
          properties: { url: { type: 'string', maxLength: 30 }, other: { type: 'string', default: host } },
        },
      },
    });
    await using engine = await createEngine();
    const env = ['RINGFENCE_TEST_HOST'];
    const plugin = await engine.load(wasm, { config: { url: host }, env });
    expect(await plugin.call('config')).toEqual({ url: 'https://api.example.com/', other: host });
    const long = `${host}${host}`;
    await failure(() => engine.load(wasm, { id: 'b', config: { url: long }, env }), 'INVALID_CONFIG');
  });

  test('does not take a secret itself, nor a reference to one that is not there', async () => {
    for (const text of [KEY, reference('NONE')]) {
      const error = await failure(() => config({ secrets: { KEY }, config: { a: { b: text } } }), 'INVALID_CONFIG');
      expect(error.message).toContain('/a/b');
      expect(JSON.stringify(error)).not.toContain(KEY);
    }
  });

  test.each([['HOME'], [5], [['A B']], [['']], [[1]]])('a list of variables is not %j', async (env) => {
    await failure(() => config({ env: env as unknown as string[] }), 'INVALID_OPTION');
  });
});
