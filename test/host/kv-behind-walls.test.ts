/** Stored data as plugins reach it from every executor: the store is on the engine's side of the wall. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Executor, ExecutorInstance } from '../../engine/executors/executor.ts';
import { createInlineExecutor } from '../../engine/executors/inline.ts';
import { createProcessExecutor } from '../../engine/executors/process.ts';
import { createWorkerExecutor } from '../../engine/executors/worker.ts';
import { KvGateway } from '../../engine/host/kv-gateway.ts';
import { MemoryKvStore } from '../../engine/host/kv-memory.ts';
import { openSqliteStore } from '../../engine/host/kv-sqlite.ts';
import { LogChannel } from '../../engine/host/log-channel.ts';
import type { KvStore } from '../../engine/kv-store.ts';
import { type LimitsInput, resolveLimits } from '../../engine/limits.ts';
import { temporaryDir } from '../cli/support/cli.ts';
import { runnable, settings } from '../executors/support/runnable.ts';
import { compilePlugin } from '../support/wat.ts';

const dir = temporaryDir();
const ERROR = '(if (i32.eq (local.get $done) (i32.const -1)) (then (return (call $error))))';
/** `put` takes a key of one byte and the value behind it. */
const keeper = compilePlugin({
  name: 'keeper',
  imports: `
    (import "env" "kv_get" (func $get (param i32 i32) (result i32)))
    (import "env" "kv_set" (func $set (param i32 i32 i32 i32 f64 f64) (result i32)))
    (import "env" "kv_list" (func $list (param i32 i32 i32 i32 i32) (result i32)))
    (import "env" "kv_value" (func $value (result i64)))
    (import "env" "kv_version" (func $version (result f64)))
    (import "env" "kv_page" (func $page (result i64)))
    (import "env" "kv_error" (func $error (result i64)))`,
  functions: {
    put: `(local $done i32)
      (local.set $done (call $set (local.get $ptr) (i32.const 1)
        (i32.add (local.get $ptr) (i32.const 1)) (i32.sub (local.get $len) (i32.const 1)) (f64.const 0) (f64.const -1)))
      ${ERROR} (i64.const 0)`,
    name: `(local $done i32)
      (local.set $done (call $set (local.get $ptr) (local.get $len) (local.get $ptr) (local.get $len) (f64.const 0) (f64.const -1)))
      ${ERROR} (i64.const 0)`,
    get: `(local $done i32)
      (local.set $done (call $get (local.get $ptr) (local.get $len)))
      ${ERROR} (call $value)`,
    keys: `(local $done i32)
      (local.set $done (call $list (local.get $ptr) (local.get $len) (i32.const 0) (i32.const 0) (i32.const 0)))
      ${ERROR} (call $page)`,
    /** Adds one to a byte, as often as it takes. */
    count: `(local $done i32) (local $got i64)
      (loop $again
        (i32.store8 (i32.const 0) (i32.const 1))
        (drop (call $get (local.get $ptr) (local.get $len)))
        (local.set $got (call $value))
        (if (i64.ne (local.get $got) (i64.const 0)) (then
          (i32.store8 (i32.const 0) (i32.add (i32.const 1)
            (i32.load8_u (i32.wrap_i64 (i64.shr_u (local.get $got) (i64.const 32))))))))
        (local.set $done (call $set (local.get $ptr) (local.get $len) (i32.const 0) (i32.const 1) (f64.const 0) (call $version)))
        (br_if $again (i32.eqz (local.get $done))))
      ${ERROR} (i64.const 0)`,
  },
  memory: '64',
  manifest: { permissions: { kv: { reason: 'keeps things' } } },
});

const WALLS: readonly [string, () => Executor][] = [
  ['inline', createInlineExecutor],
  ['worker', () => createWorkerExecutor({ workers: 2 })],
  ['worker that blocks', () => createWorkerExecutor({ workers: 2, blocks: true })],
  ['process', () => createProcessExecutor({ workers: 2 })],
  ['process that blocks', () => createProcessExecutor({ workers: 2, blocks: true })],
];
let files = 0;
const STORES: readonly [string, () => KvStore][] = [
  ['in memory', () => new MemoryKvStore()],
  ['in a file', () => openSqliteStore(join(dir, `${++files}.db`))],
];

describe.each(WALLS)('%s', (_, create) => {
  let executor: Executor;
  beforeAll(() => {
    executor = create();
  });
  afterAll(() => executor.close());

  describe.each(STORES)('%s', (__, open) => {
    let store: KvStore;
    beforeAll(() => {
      store = open();
    });
    afterAll(() => store.close());

    const log = new LogChannel(undefined, 'p', '1.0.0', 100);
    let spaces = 0;
    /** Instances of a plugin with data of its own. */
    async function start(instances = 1, limits: LimitsInput = {}, space = `p${++spaces}`): Promise<ExecutorInstance[]> {
      const permits = new Map([['kv', { granted: true } as const]]);
      const kv = new KvGateway(store, space, resolveLimits(limits), log);
      const plugin = await runnable(keeper, { kv, permits }, { limits });
      return Promise.all(
        Array.from({ length: instances }, () => executor.start(plugin, settings(limits), performance.now())),
      );
    }
    const call = async (
      instance: ExecutorInstance | undefined,
      name: string,
      input: string | Uint8Array,
      limits: LimitsInput = {},
    ): Promise<Buffer> =>
      Buffer.from((await instance?.call(name, input, 'bytes', settings(limits), performance.now())) as Uint8Array);

    test('values of all sizes come back as they were, to another instance too', async () => {
      const limits = { kvValueBytes: 1_000_000, kvBytes: 4_000_000, fuel: 1e9 };
      const [first] = await start(1, limits, 'sizes');
      const [second] = await start(1, limits, 'sizes');
      for (const size of [0, 1, 4_000, 70_000, 300_000, 1_000_000]) {
        const value = Buffer.alloc(size, `${size} 漢`);
        expect((await call(first, 'put', Buffer.concat([Buffer.from('k'), value]), limits)).toString()).toBe('');
        expect((await call(second, 'get', 'k', limits)).equals(value)).toBe(true);
      }
      expect(JSON.parse((await call(first, 'put', Buffer.alloc(1_000_002, 'k'), limits)).toString())).toMatchObject({
        code: 'LIMIT_EXCEEDED',
      });
    });

    test('names such as __proto__ are names, and another plugin does not see them', async () => {
      const [plugin] = await start();
      const [other] = await start();
      const names = ['__proto__', 'constructor', 'toString', 'ü\u{10ffff}'];
      for (const name of names) await call(plugin, 'name', name);
      expect(JSON.parse((await call(plugin, 'keys', '')).toString())).toEqual({ keys: names });
      for (const name of names) expect((await call(plugin, 'get', name)).toString()).toBe(name);
      expect(JSON.parse((await call(other, 'keys', '')).toString())).toEqual({ keys: [] });
    });

    test('of numbers that instances count up at the same time, none is lost', async () => {
      const instances = await start(4);
      await Promise.all(
        instances.map(async (instance) => {
          for (let i = 0; i < 20; i++) await call(instance, 'count', 'visits');
        }),
      );
      expect([...(await call(instances[0], 'get', 'visits'))]).toEqual([80]);
    });

    test('instances that write at the same time do not get past the quota together', async () => {
      const limits = { kvKeys: 10 };
      const instances = await start(4, limits);
      const answers = await Promise.all(
        instances.flatMap((instance, i) => [
          (async () => {
            const said: string[] = [];
            for (let n = 0; n < 5; n++) said.push((await call(instance, 'name', `${i}-${n}`, limits)).toString());
            return said;
          })(),
        ]),
      );
      const refused = answers.flat().filter((answer) => answer !== '');
      expect(refused).toHaveLength(10);
      for (const answer of refused) expect(JSON.parse(answer)).toMatchObject({ code: 'LIMIT_EXCEEDED' });
      const page = JSON.parse((await call(instances[0], 'keys', '', limits)).toString()) as { keys: string[] };
      expect(page.keys).toHaveLength(10);
    });
  });
});
