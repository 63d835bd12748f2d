/** Code of the application that a plugin reaches runs in the asynchronous context of whoever made the call, not of one before. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as later } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEngine, type Engine, hostFunction, type Plugin } from '../../engine/index.ts';
import { canSuspend } from '../../engine/runtime/jspi.ts';
import { compilePlugin } from '../support/wat.ts';

const request = new AsyncLocalStorage<string>();
const work = { capability: 'test', input: 'none', output: 'text' } as const;
const logged: (string | undefined)[] = [];
let engine: Engine;
let plugin: Plugin;

const guest = (waits: boolean): Uint8Array =>
  compilePlugin({
    name: waits ? 'waiting' : 'ready',
    imports: `(import "env" "now" (func $now (result i64)))
      ${waits ? '(import "env" "later" (func $later (result i64)))' : ''}
      (import "env" "log" (func $log (param i32 i32 i32)))`,
    functions: {
      ask: `${waits ? '(drop (call $later))' : ''}
        (call $log (i32.const 2) (local.get $ptr) (local.get $len))
        (call $now)`,
    },
    manifest: { permissions: { custom: [{ name: 'test', reason: 'tests' }] } },
  });

beforeAll(async () => {
  engine = await createEngine({
    executor: 'inline',
    limits: { logLinesPerSecond: '1M' },
    logger: { log: () => void logged.push(request.getStore()) },
    hostFunctions: [
      hostFunction({ ...work, name: 'now', call: () => request.getStore() ?? 'nobody' }),
      hostFunction({
        ...work,
        name: 'later',
        async: true,
        call: async () => {
          await later();
          return request.getStore() ?? 'nobody';
        },
      }),
    ],
  });
});
afterAll(() => engine.close({ deadlineMs: 0 }));

const ask = (who: string): Promise<string> =>
  request.run(who, async () => new TextDecoder().decode(await plugin.callBytes('ask', new Uint8Array(1))));

for (const waits of canSuspend ? [false, true] : [false]) {
  test(`of a plugin that ${waits ? 'waits' : 'does not wait'}`, async () => {
    plugin = await engine.load(guest(waits), { grants: { custom: ['test'] } });
    // As often as makes a function one that is called often: whatever is kept for its next call is nobody's context.
    for (let i = 0; i < 600; i++) await ask('before');
    logged.length = 0;
    expect([await ask('a'), await ask('b'), await ask('c')]).toEqual(['a', 'b', 'c']);
    expect(logged).toEqual(['a', 'b', 'c']);
    const many = Array.from({ length: 30 }, (_, i) => `r${i}`);
    expect(await Promise.all(many.map(ask))).toEqual(many);
    expect(logged.slice(3).toSorted()).toEqual(many.toSorted());
    // The caller is still where it was.
    await request.run('d', async () => {
      await plugin.callBytes('ask', new Uint8Array(1));
      expect(request.getStore()).toBe('d');
    });
  });
}
