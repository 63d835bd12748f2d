/** Guests that compute share the thread with the event loop and with each other. Trips of the loop are counted, not time. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createEngine, type Engine, type Plugin } from '../../engine/index.ts';
import { canSuspend } from '../../engine/runtime/jspi.ts';
import { failure } from '../support/errors.ts';
import { compilePlugin, ECHO } from '../support/wat.ts';

/** Who computed in which trip of the event loop, each once per trip. */
let seen: { readonly who: string; readonly trip: number }[] = [];
let trip = 0;
let counting: NodeJS.Immediate | undefined;
let engine: Engine;
let stop: AbortController;

const countTrips = (): void => {
  trip++;
  counting = setImmediate(countTrips);
};
const nextTrips = (count: number): Promise<void> =>
  new Promise((resolve) => {
    const until = trip + count;
    const look = (): void => (trip >= until ? resolve() : void setImmediate(look));
    look();
  });

beforeEach(async () => {
  seen = [];
  trip = 0;
  stop = new AbortController();
  engine = await createEngine({
    executor: 'inline',
    limits: { fuel: '64G', timeoutMs: '1h', logLinesPerSecond: '1M', logCallBytes: '1GiB', hostCalls: 2 ** 32 },
    logger: {
      log: ({ plugin, context }) => {
        const who = `${plugin}${context ?? ''}`;
        if (seen.at(-1)?.who !== who || seen.at(-1)?.trip !== trip) seen.push({ who, trip });
      },
    },
  });
  countTrips();
});
afterEach(async () => {
  stop.abort();
  clearImmediate(counting);
  await engine.close({ deadlineMs: 0 });
});

/** A plugin that computes, and leaves a line in the log every now and then. */
const SPINNING = compilePlugin({
  name: 'spinning',
  imports: '(import "env" "log" (func $log (param i32 i32 i32)))',
  functions: {
    spin: `(local $n i32)
      (loop $l
        (call $log (i32.const 2) (local.get $ptr) (i32.const 0))
        (local.set $n (i32.const 100000))
        (loop $busy (br_if $busy (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (br $l))
      (unreachable)`,
    /** Hardly any fuel goes into its own code. */
    ask: `(loop $l (call $log (i32.const 2) (i32.const 0) (i32.const 8000)) (br $l)) (unreachable)`,
    /** Computes without end for an input of more than two bytes. */
    moody: '(loop $l (br_if $l (i32.gt_u (local.get $len) (i32.const 2)))) (i64.const 0)',
    tiny: ECHO,
    some: `(local $n i32) (local.set $n (i32.const 30000))
      (loop $busy (br_if $busy (local.tee $n (i32.sub (local.get $n) (i32.const 1))))) (i64.const 0)`,
  },
});

const load = (id: string): Promise<Plugin> => engine.load(SPINNING, { id });
const spin = (plugin: Plugin, context?: number): Promise<unknown> =>
  failure(() => plugin.call('spin', undefined, { signal: stop.signal, context }), 'CANCELLED');

describe.runIf(canSuspend)('plugins that compute without end', () => {
  test('take turns: one in each trip of the event loop, and all of them once in a round', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const ended = [];
    for (const id of ids) ended.push(spin(await load(id)));
    await nextTrips(5);
    seen = [];
    await nextTrips(23);
    const turns = [...seen];
    // From one turn to the next the loop has gone round.
    for (const [i, { trip: at }] of turns.slice(1).entries()) expect(at).toBeGreaterThan(turns[i]?.trip ?? 0);
    for (let i = 0; i + ids.length <= turns.length; i++) {
      expect(new Set(turns.slice(i, i + ids.length).map(({ who }) => who)).size).toBe(ids.length);
    }
    expect(turns.length).toBeGreaterThanOrEqual(20);
    stop.abort();
    await Promise.all(ended);
  });

  test('take turns also where host functions do nearly all of their work', async () => {
    const [asking, other] = [await load('asking'), await load('other')];
    const ended = [failure(() => asking.call('ask', undefined, { signal: stop.signal }), 'CANCELLED'), spin(other)];
    await nextTrips(10);
    seen = [];
    await nextTrips(20);
    expect(new Set(seen.map(({ who }) => who))).toEqual(new Set(['asking', 'other']));
    stop.abort();
    await Promise.all(ended);
  });

  test('have no more turns for having more instances', async () => {
    const [many, one] = [await load('many'), await load('one')];
    const ended = [1, 2, 3, 4].map((context) => spin(many, context));
    ended.push(spin(one));
    await nextTrips(10);
    seen = [];
    await nextTrips(24);
    const turns = seen.map(({ who }) => who);
    const ofOne = turns.filter((who) => who === 'one').length;
    expect(Math.abs(ofOne - turns.length / 2)).toBeLessThanOrEqual(1);
    // Among each other its instances take turns, too.
    const own = turns.filter((who) => who !== 'one');
    for (let i = 0; i + 4 <= own.length; i++) expect(new Set(own.slice(i, i + 4)).size).toBe(4);
    stop.abort();
    await Promise.all(ended);
  });

  test('do not keep another from answering: a short call is done in the trip in which it was made', async () => {
    const ended = [];
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) ended.push(spin(await load(id)));
    const other = await load('other');
    await nextTrips(5);
    for (let i = 0; i < 20; i++) {
      await nextTrips(1);
      const madeAt = trip;
      expect(await other.call('tiny', i)).toBe(i);
      expect(trip).toBe(madeAt);
    }
    stop.abort();
    await Promise.all(ended);
  });

  test('end when they are aborted, though it is not their turn', async () => {
    const plugins = [await load('a'), await load('b'), await load('c')];
    const controllers = plugins.map(() => new AbortController());
    const calls = plugins.map((plugin, i) =>
      failure(() => plugin.call('spin', undefined, { signal: controllers[i]?.signal }), 'CANCELLED'),
    );
    await nextTrips(7);
    const abortedAt = trip;
    for (const controller of controllers) controller.abort();
    await Promise.all(calls);
    expect(trip).toBe(abortedAt);
  });

  test('end at their deadline, though it is not their turn', async () => {
    const ended = [];
    for (const id of ['a', 'b', 'c', 'd']) ended.push(spin(await load(id)));
    const late = await load('late');
    await failure(() => late.call('spin', undefined, { limits: { timeoutMs: 30 } }), 'DEADLINE_EXCEEDED');
    // And those that are left still have their turns.
    seen = [];
    await nextTrips(9);
    expect(new Set(seen.map(({ who }) => who)).size).toBe(4);
    stop.abort();
    await Promise.all(ended);
  });

  test('cannot keep the loop by being quick at first', async () => {
    const plugin = await load('p');
    for (let i = 0; i < 50; i++) await plugin.call('moody', 1);
    const ended = failure(() => plugin.call('moody', 'long', { signal: stop.signal }), 'CANCELLED');
    await nextTrips(10);
    stop.abort();
    await ended;
  });

  test('are billed the same, alone and among others', async () => {
    const work = (plugin: Plugin): Promise<number> => plugin.invoke('some').then(({ usage }) => usage.fuel.used);
    const [a, b] = [await load('a'), await load('b')];
    const alone = await work(a);
    const ended = spin(b);
    await nextTrips(3);
    expect(await Promise.all(Array.from({ length: 20 }, () => work(a)))).toEqual(Array(20).fill(alone));
    stop.abort();
    await ended;
  });
});

describe.each(['tiny', 'some'])('calls of `%s` one after the other, as fast as they can', (name) => {
  test('let the event loop go round', async () => {
    const plugin = await load('p');
    let isOver = false;
    setTimeout(() => {
      isOver = true;
    }, 0);
    // Each continues in a microtask of the one before: without turns no timer would ever fire.
    while (!isOver) await plugin.call(name, 1);
    expect(isOver).toBe(true);
  });

  test('also when all of them are made at once', async () => {
    const plugin = await load('p');
    const before = trip;
    const calls = Array.from({ length: 900 }, (_, i) => plugin.call(name, i));
    const results = await Promise.all(calls);
    if (name === 'tiny') expect(results).toEqual(Array.from({ length: 900 }, (_, i) => i));
    else expect(trip).toBeGreaterThan(before);
  });
});
