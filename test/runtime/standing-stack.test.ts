import { AsyncLocalStorage } from 'node:async_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { createEngine, type LogEntry } from '../../engine/index.ts';
import { GuestFunction } from '../../engine/runtime/guest-function.ts';
import { canSuspend, suspending } from '../../engine/runtime/jspi.ts';
import { StandingStack } from '../../engine/runtime/standing-stack.ts';
import { type StackOwner, StandingStacks } from '../../engine/runtime/standing-stacks.ts';
import { compilePlugin, compileWat } from '../support/wat.ts';

const GUEST = new WebAssembly.Module(
  compileWat(`(module
    (import "host" "wait" (func $wait (result i32)))
    (func (export "pack") (param i32 i32) (result i64)
      (if (i32.lt_s (local.get 0) (i32.const 0)) (then (unreachable)))
      (i64.or (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32)) (i64.extend_i32_u (local.get 1))))
    (func (export "status") (result i32) (call $wait))
    (func (export "nothing")))`),
);

interface Guest {
  readonly pack: (a: number, b: number) => bigint;
  readonly status: () => number;
  readonly nothing: () => void;
}

const instantiate = (wait: () => Promise<number> = async () => 7): Guest =>
  new WebAssembly.Instance(GUEST, { host: { wait: suspending(wait) } } as WebAssembly.Imports)
    .exports as unknown as Guest;
const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe.runIf(canSuspend)('a standing stack', () => {
  test('makes one call after another, each with its own arguments', async () => {
    const { run } = new StandingStack(instantiate().pack, { params: 2, result: 'i64' });
    for (let i = 0; i < 100; i++) expect(await run(i, -i)).toBe((BigInt(i) << 32n) | BigInt(-i >>> 0));
  });

  test('of functions without arguments, with a result or none', async () => {
    const { status, nothing } = instantiate();
    const answering = new StandingStack(status, { params: 0, result: 'i32' });
    expect([await answering.run(0, 0), await answering.run(0, 0)]).toEqual([7, 7]);
    const silent = new StandingStack(nothing, { params: 0, result: undefined });
    expect([await silent.run(0, 0), await silent.run(0, 0)]).toEqual([undefined, undefined]);
  });

  test('has its guest suspended, as often as it likes', async () => {
    let calls = 0;
    const { status } = instantiate(async () => {
      await later();
      return ++calls;
    });
    const { run } = new StandingStack(status, { params: 0, result: 'i32' });
    expect([await run(0, 0), await run(0, 0), await run(0, 0)]).toEqual([1, 2, 3]);
  });

  test('tells of a trap, and of nothing else that comes of it', async () => {
    const { run } = new StandingStack(instantiate().pack, { params: 2, result: 'i64' });
    expect(await run(1, 1)).toBe((1n << 32n) | 1n);
    await expect(run(-1, 0)).rejects.toThrow(WebAssembly.RuntimeError);
    await later();
  });

  test('ends when it is told to: at once, or after the call that runs', async () => {
    const { status, pack } = instantiate();
    const idle = new StandingStack(pack, { params: 2, result: 'i64' });
    await idle.run(1, 1);
    const busy = new StandingStack(status, { params: 0, result: 'i32' });
    const running = busy.run(0, 0);
    idle.end();
    busy.end();
    expect(await running).toBe(7);
  });

  test('does not keep the instance of a function that is not called any more', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const guest = await (async () => {
      const called = instantiate();
      const fn = new GuestFunction('pack', called.pack as never, { params: 2, result: 'i64' });
      for (let i = 0; i < 1_000; i++) await fn.waiting(i, i);
      return new WeakRef(called);
    })();
    for (let i = 0; i < 100 && guest.deref() !== undefined; i++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      collect();
    }
    expect(guest.deref()).toBeUndefined();
  });
});

test('stacks go to so many; one that is not used any more makes room', async () => {
  const owner = (): StackOwner & { calls: number; gaveUp: boolean } => ({
    calls: 1,
    gaveUp: false,
    giveUp() {
      this.gaveUp = true;
    },
  });
  const stacks = new StandingStacks(2);
  const [first, second, third] = [owner(), owner(), owner()];
  expect([stacks.admit(first), stacks.admit(second), stacks.admit(third)]).toEqual([true, true, false]);
  while (!first.gaveUp) {
    await later();
    second.calls++;
  }
  expect(second.gaveUp).toBe(false);
  expect(stacks.admit(third)).toBe(true);
});

/** Calls that are enough for a function to have got a stack of its own. */
const MANY = 600;
/** Never ends where its input has a byte. */
const SPIN = '(if (local.get $len) (then (loop $l (br $l)))) (i64.const 0)';

describe('calls of a plugin that is called often', () => {
  test('end at the deadline, and the next goes on', async () => {
    await using engine = await createEngine({ executor: 'inline', limits: { fuel: '1000G' } });
    const plugin = await engine.load(compilePlugin({ functions: { spin: SPIN } }));
    for (let i = 0; i < MANY; i++) await plugin.callBytes('spin', new Uint8Array(0));
    let turns = 0;
    const ticking = setInterval(() => turns++, 1);
    const endless = plugin.callBytes('spin', new Uint8Array(1), { limits: { timeoutMs: 100 } });
    await expect(endless).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    clearInterval(ticking);
    // The event loop went on meanwhile, where the guest can be suspended.
    if (canSuspend) expect(turns).toBeGreaterThan(0);
    expect(await plugin.callBytes('spin', new Uint8Array(0))).toHaveLength(0);
  });

  test('use the same fuel, whichever stack they run on', async () => {
    await using engine = await createEngine({ executor: 'inline' });
    const plugin = await engine.load(compilePlugin({ functions: { spin: SPIN } }));
    const fuel = new Set<number>();
    for (let i = 0; i < MANY; i++) fuel.add((await plugin.invoke('spin')).usage.fuel.used);
    expect(fuel.size).toBe(1);
  });

  test('reach the logger of the application in the context of their caller', async () => {
    const context = new AsyncLocalStorage<number>();
    const heard: (number | undefined)[] = [];
    const logger = { log: (_: LogEntry) => void heard.push(context.getStore()) };
    await using engine = await createEngine({ executor: 'inline', logger, limits: { logLinesPerSecond: 100_000 } });
    const bytes = compilePlugin({
      imports: '(import "env" "log" (func $log (param i32 i32 i32)))',
      functions: { say: '(call $log (i32.const 2) (i32.const 0) (i32.const 1)) (i64.const 0)' },
    });
    const plugin = await engine.load(bytes);
    heard.length = 0;
    for (let i = 0; i < MANY; i++) await context.run(i, () => plugin.callBytes('say', new Uint8Array(0)));
    expect(heard).toEqual(Array.from({ length: MANY }, (_, i) => i));
  });
});
