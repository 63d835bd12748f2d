import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../engine/errors.ts';
import { createEngine, type Engine, type LoadOptions } from '../../engine/index.ts';
import { failure } from '../support/errors.ts';
import { compilePlugin, compileWat, ECHO, manifestOf, pluginWat } from '../support/wat.ts';

let engine: Engine;
let directory = '';
const wat = { functions: { echo: ECHO } };
const echo = compilePlugin(wat);
const bare = compilePlugin({ ...wat, manifest: undefined });

beforeAll(async () => {
  engine = await createEngine();
  directory = await mkdtemp(join(tmpdir(), 'ringfence-load-'));
});
afterAll(async () => {
  await engine.close();
  await rm(directory, { recursive: true });
});

/** Loads, calls, unloads. */
async function tryOut(source: Uint8Array | string, options?: LoadOptions): Promise<string> {
  const plugin = await engine.load(source, options);
  try {
    return (await plugin.call('echo', plugin.id)) as string;
  } finally {
    await plugin.unload();
  }
}

describe('a plugin is loaded', () => {
  test('from bytes and from a file, under the name in its manifest', async () => {
    const path = join(directory, 'echo.wasm');
    await writeFile(path, echo);
    expect(await tryOut(echo)).toBe('guest');
    expect(await tryOut(path)).toBe('guest');
  });

  test('under another id', async () => {
    expect(await tryOut(echo, { id: 'my.echo-2' })).toBe('my.echo-2');
  });

  test('with its manifest given apart', async () => {
    expect(await tryOut(bare, { manifest: manifestOf(wat) })).toBe('guest');
    expect(await tryOut(bare, { manifest: JSON.stringify(manifestOf(wat)) })).toBe('guest');
  });

  test('with a plugin.json beside the file', async () => {
    const path = join(directory, 'bare.wasm');
    await writeFile(path, bare);
    await writeFile(join(directory, 'plugin.json'), JSON.stringify(manifestOf(wat)));
    expect(await tryOut(path)).toBe('guest');
    await rm(join(directory, 'plugin.json'));
    await failure(() => engine.load(path), 'INVALID_MANIFEST');
  });

  test('twice under two ids: each has a life of its own', async () => {
    const [a, b] = await Promise.all([engine.load(echo, { id: 'a' }), engine.load(echo, { id: 'b' })]);
    expect(engine.plugins.map(({ id }) => id).sort()).toEqual(['a', 'b']);
    expect(engine.get('a')).toBe(a);
    await a.unload();
    expect(await b.call('echo', 'still here')).toBe('still here');
    await b.unload();
    expect(engine.get('a')).toBeUndefined();
  });

  test('under the same id only once, also when both are on their way', async () => {
    const outcomes = await Promise.allSettled([engine.load(echo), engine.load(echo)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'DUPLICATE_ID', plugin: 'guest' },
    });
    await engine.get('guest')?.unload();
  });

  test('what is known of it', async () => {
    const plugin = await engine.load(
      compilePlugin({ ...wat, manifest: { description: 'Echoes', author: 'A', limits: { fuel: 5_000 } } }),
      { limits: { timeoutMs: '3s' } },
    );
    expect(plugin.info).toMatchObject({
      id: 'guest',
      name: 'guest',
      version: '1.0.0',
      description: 'Echoes',
      author: 'A',
      functions: ['echo'],
      imports: [],
      permissions: {},
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      limits: { fuel: 5_000, timeoutMs: 3_000 },
    });
    expect(Object.isFrozen(plugin.info)).toBe(true);
    expect(plugin.usage()).toMatchObject({ wallMs: { limit: 30_000 }, fuel: { limit: 5_000 } });
    expect(plugin.usage().fuel.used).toBeGreaterThan(0);
    await plugin.unload();
  });
});

describe('limits', () => {
  const limited = (limits: object): Uint8Array => compilePlugin({ ...wat, manifest: { limits } });
  const fuelOf = async (wasm: Uint8Array, options: LoadOptions, on = engine): Promise<number> => {
    const plugin = await on.load(wasm, options);
    const { fuel } = plugin.info.limits;
    await plugin.unload();
    return fuel;
  };

  test('of the plugin go over those of its manifest, those over those of the engine', async () => {
    const own = await createEngine({ limits: { fuel: 60_000 } });
    expect(await fuelOf(echo, {}, own)).toBe(60_000);
    expect(await fuelOf(limited({ fuel: 7_000 }), {}, own)).toBe(7_000);
    expect(await fuelOf(limited({ fuel: 7_000 }), { limits: { fuel: '1M' } }, own)).toBe(1_000_000);
    await own.close();
  });

  test('a manifest cannot raise them', async () => {
    const own = await createEngine({ limits: { fuel: 60_000 } });
    expect(await fuelOf(limited({ fuel: '1G' }), {}, own)).toBe(60_000);
    await own.close();
  });

  test('memory and file size', async () => {
    await failure(
      () => engine.load(compilePlugin({ ...wat, memory: '100' }), { limits: { memory: '1MiB' } }),
      'MEMORY_LIMIT',
    );
    const error = await failure(() => engine.load(echo, { limits: { wasmBytes: 100 } }), 'LIMIT_EXCEEDED');
    expect(error.details).toMatchObject({ limit: 'wasmBytes', used: echo.length, allowed: 100 });
  });

  test('memory that the plugin may grow into', async () => {
    const grow = compilePlugin({
      functions: {
        grow: `(i32.store8 (i32.const 8) (i32.add (i32.const 48) (i32.ge_s (memory.grow (local.get $len)) (i32.const 0)))) (call $pack (i32.const 8) (i32.const 1))`,
      },
    });
    const plugin = await engine.load(grow, { limits: { memory: 4 * 65_536 } });
    expect(await plugin.callBytes('grow', new Uint8Array(2))).toEqual(Uint8Array.of(49));
    expect(await plugin.callBytes('grow', new Uint8Array(1))).toEqual(Uint8Array.of(48));
    expect(plugin.usage().memory).toEqual({ used: 4 * 65_536, limit: 4 * 65_536 });
    await plugin.unload();
  });
});

describe('configuration', () => {
  // Hands out what plugin_init got.
  const keeping = (manifest: object = {}): Uint8Array =>
    compilePlugin({
      functions: { config: '(call $pack (i32.const 8192) (global.get $size))' },
      extra: '(global $size (mut i32) (i32.const 0))',
      manifest: { ...manifest },
      replace: {
        plugin_init: `(func (export "plugin_init") (param $ptr i32) (param $len i32) (result i32)
          (memory.copy (i32.const 8192) (local.get $ptr) (local.get $len)) (global.set $size (local.get $len)) (i32.const 0))`,
      },
    });
  const schema = {
    type: 'object',
    properties: { words: { type: 'array', items: { type: 'string' } }, count: { type: 'integer', default: 10 } },
    additionalProperties: false,
  };
  const given = async (config: unknown, manifest?: object): Promise<unknown> => {
    const plugin = await engine.load(keeping(manifest), { config });
    try {
      return await plugin.call('config');
    } finally {
      await plugin.unload();
    }
  };

  test.each([
    ['none', undefined, {}],
    ['some', { a: [1, 'é'] }, { a: [1, 'é'] }],
    ['what JSON makes of it', { at: new Date(0), none: undefined }, { at: '1970-01-01T00:00:00.000Z' }],
  ])('%s', async (_, config, expected) => {
    expect(await given(config)).toEqual(expected);
  });

  test('defaults of its schema are filled in, and the caller keeps what it gave', async () => {
    const config = { words: ['a'] };
    expect(await given(config, { config: schema })).toEqual({ words: ['a'], count: 10 });
    expect(config).toEqual({ words: ['a'] });
  });

  test.each<[string, unknown]>([
    ['a value of the wrong type', { count: 'many' }],
    ['a key that the plugin does not know', { colour: 'red' }],
  ])('%s', async (_, config) => {
    await failure(() => given(config, { config: schema }), 'INVALID_CONFIG');
  });

  test.each<[string, unknown]>([
    ['a list', [1]],
    ['text', 'x'],
    ['null', null],
    ['a BigInt', { a: 1n }],
    ['a function', () => 1],
  ])('%s is none', async (_, config) => {
    await failure(() => given(config), 'INVALID_CONFIG');
  });
});

describe('refused before anything runs', () => {
  test.each<[string, Uint8Array, ErrorCode]>([
    ['what is no module', new TextEncoder().encode('hello'), 'INVALID_MODULE'],
    ['a module that is cut off', echo.subarray(0, 100), 'INVALID_MODULE'],
    ['a module that is no plugin', compileWat('(module)'), 'NOT_A_PLUGIN'],
    [
      'a plugin without malloc',
      compilePlugin({ replace: { malloc: '(func $malloc (param i32) (result i32) (i32.const 0))' } }),
      'NOT_A_PLUGIN',
    ],
    [
      'an import that nobody offers',
      compilePlugin({ imports: '(import "env" "exec" (func (param i32)))' }),
      'IMPORT_DENIED',
    ],
    [
      'an import of another type',
      compilePlugin({ imports: '(import "env" "log" (func (param i32)))' }),
      'IMPORT_DENIED',
    ],
    ['a reserved name', compileWat(pluginWat({ extra: '(func (export "__ringfence_x"))' })), 'RESERVED_NAME'],
    ['no manifest', bare, 'INVALID_MANIFEST'],
    ['a manifest that is no JSON', compilePlugin({ ...wat, manifest: { version: 'one' } }), 'INVALID_MANIFEST'],
    [
      'a function that the manifest does not list',
      compilePlugin({ ...wat, manifest: { functions: {} } }),
      'NOT_A_PLUGIN',
    ],
  ])('%s is %s', async (_, wasm, code) => {
    const error = await failure(() => engine.load(wasm, { id: 'bad' }), code);
    expect(error.plugin).toBe('bad');
    expect(engine.plugins).toEqual([]);
  });
});

describe('mistakes of the caller', () => {
  test.each<[string, unknown]>([
    ['an unknown option', { name: 'x' }],
    ['an unknown limit', { limits: { cpu: 1 } }],
    ['an unknown grant', { grants: { files: true } }],
    ['a grant that is no origin', { grants: { http: ['example.com/path'] } }],
    ['a grant that is no list', { grants: { http: 'https://example.com' } }],
    ['grants that are no object', { grants: ['http'] }],
    ['an id with a space', { id: 'a b' }],
    ['an id that is no text', { id: 5 }],
    ['a signal that is none', { signal: {} }],
    ['an executor that there is not', { executor: 'fork' }],
    ['options that are no object', 'x'],
  ])('%s', async (_, options) => {
    await failure(() => engine.load(echo, options as LoadOptions), 'INVALID_OPTION');
    expect(engine.plugins).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['an unknown option', { executors: 'inline' }],
    ['an executor that there is not', { executor: 'thread' }],
    ['no workers', { workers: 0 }],
    ['half a worker', { workers: 1.5 }],
    ['a heap in which no worker could start', { workerHeap: '1MiB' }],
    ['a limit out of range', { limits: { memory: '5GiB' } }],
    ['a logger that cannot log', { logger: {} }],
  ])('of an engine: %s', async (_, options) => {
    await failure(() => createEngine(options as object), 'INVALID_OPTION');
  });

  test('the message lists what there is', async () => {
    expect((await failure(() => createEngine({ executor: 'thread' } as never), 'INVALID_OPTION')).message).toContain(
      'inline',
    );
    expect((await failure(() => engine.load(echo, { timeout: 5 } as never), 'INVALID_OPTION')).message).toContain(
      'Options are: id, config, grants, ',
    );
  });

  test('loading that is aborted', async () => {
    await failure(() => engine.load(echo, { signal: AbortSignal.abort() }), 'CANCELLED');
    expect(engine.plugins).toEqual([]);
  });
});
