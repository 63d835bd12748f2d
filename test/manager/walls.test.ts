/** Managed plugins behind real walls: what ends a worker or a child ends no plugin, and loses no state that was carried over. */
import { expect, test } from 'vitest';
import { canSuspend } from '../../engine/runtime/jspi.ts';
import { HEAP_BYTES, Spawned } from '../executors/support/spawned.ts';
import { compilePlugin } from '../support/wat.ts';
import { add, counter, manage } from './support/managed.ts';

test.each(['worker', 'process'] as const)(
  'the %s of a plugin is killed: it answers again, from the state of its last reload',
  async (executor) => {
    using spawned = new Spawned();
    await using test = await manage(
      { engine: { executor, workers: 1, workerHeap: HEAP_BYTES }, plugins: [{ id: 'counter', source: counter() }] },
      { world: 'real' },
    );
    const { manager } = test;
    await manager.start();
    await add(manager);
    await manager.reload('counter', counter({ version: '2.0.0' }));
    expect(await add(manager)).toBe('2.0.0 2');
    await spawned.kill();
    // What ran there is lost with it; a call that had not begun is not.
    await expect
      .poll(() => add(manager).catch((error: unknown) => String(error)), { timeout: 20_000 })
      .toMatch(/^2\.0\.0 \d+$/);
    expect(manager.get('counter')?.state).toBe('running');
    expect(await add(manager)).toBe('2.0.0 3');
  },
);

test.runIf(canSuspend)(
  'what a plugin calls is the version that answers at that moment, also while it changes',
  async () => {
    const caller = compilePlugin({
      name: 'caller',
      imports: '(import "env" "plugin_call" (func $call (param i32 i32 i32 i32) (result i64)))',
      manifest: { permissions: { call: ['counter'] } },
      functions: {
        add: '(call $call (i32.const 2048) (i32.const 11) (local.get $ptr) (local.get $len))',
      },
      extra: '(data (i32.const 2048) "counter/add")',
    });
    await using test = await manage({
      plugins: [
        { id: 'counter', source: counter() },
        { id: 'caller', source: caller, grants: { call: ['counter'] }, dependencies: ['counter'] },
      ],
    });
    const { manager, faults } = test;
    await manager.start();
    expect(await add(manager, 'caller')).toBe('1.0.0 1');
    const slow = Promise.withResolvers<void>();
    faults.plan('counter', 'call', slow.promise, { times: 1 });
    const inFlight = add(manager, 'caller');
    const reloaded = manager.reload('counter', counter({ version: '2.0.0' }));
    await expect.poll(() => manager.get('counter')?.record.gate.isClosed).toBe(true);
    const held = add(manager, 'caller');
    slow.resolve();
    await reloaded;
    expect(await inFlight).toBe('1.0.0 2');
    expect(await held).toBe('2.0.0 3');
  },
);
