/** Children that break the rules of the pipe: the engine's own defences, against real processes. */
import { afterEach, describe, expect, test } from 'vitest';
import { isRingfenceError } from '../../engine/errors.ts';
import type { ExecutorInstance } from '../../engine/executors/executor.ts';
import { ChildLink, type ChildOptions } from '../../engine/executors/remote/child-link.ts';
import { RemoteExecutor } from '../../engine/executors/remote/remote-executor.ts';
import type { LimitsInput } from '../../engine/limits.ts';
import { failure } from '../support/errors.ts';
import { ECHO } from '../support/wat.ts';
import { runnable, settings } from './support/runnable.ts';
import { HEAP_BYTES, Spawned } from './support/spawned.ts';

const plugin = await runnable({ functions: { echo: ECHO, spin: '(loop $l (br $l)) (unreachable)' } });
const now = (): number => performance.now();

let executor: RemoteExecutor;
let children: Spawned;
afterEach(async () => {
  await executor.close();
  children[Symbol.dispose]();
});

function open(options: object = {}): void {
  children = new Spawned();
  const child = { heapBytes: HEAP_BYTES, suspensions: 10, maxLiveInstances: 10, blocks: false, ...options };
  executor = new RemoteExecutor({
    name: 'process',
    needsBytes: true,
    hosts: 1,
    callers: 1,
    graceMs: 100,
    launch: (events) => new ChildLink(child as ChildOptions, events),
  });
}
/** Children that are started run this file, and misbehave this way. */
const openHostile = (misdeed: string): void =>
  open({ entry: new URL('./support/hostile-child.ts', import.meta.url), misdeed });

const start = (): Promise<ExecutorInstance> => executor.start(plugin, settings(), now());
const call = async (instance: ExecutorInstance, input: string, limits: LimitsInput = {}): Promise<unknown> =>
  instance.call('echo', input, 'text', settings(limits), now());

/** Whoever waits is told, once, and there is another child for whoever comes next. */
async function goesOn(): Promise<void> {
  while (children.alive > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await call(await start(), 'next')).toBe('next');
  expect(children.count).toBe(2);
}

describe('a child is killed that sends', () => {
  test.each<[string, RegExp]>([
    ['a frame of no length', /a frame of 0 bytes/],
    ['a frame of four gigabytes', /a frame of 4294967295 bytes/],
    ['a frame longer than any answer may be', /a frame of 500000000 bytes/],
    ['a length that is too short', /sent what it must not/],
    ['junk', /a frame of \d+ bytes/],
    ['an answer without its counters', /cut off/],
    ['an answer with fuel that is no number', /no number from 0/],
    ['an answer with fuel below zero', /no number from 0/],
    ['a frame of an unknown kind', /a frame of kind 99/],
    ['a value that is none', /no value begins with 200/],
    ['a value nested without end', /nested more than/],
    ['a report of no known kind', /no known kind/],
    ['an error of no known code', /an unknown code/],
    ['the answer to a call that was never made', /an operation that does not run/],
    ['the answer to a call long over', /an operation that does not run/],
    ['word that a call has begun which nobody made', /an operation that does not run/],
    ['log lines without end', /more than an operation can have to say/],
    ['requests without end', /more than an operation can have to say/],
    ['word of evictions without end', /more evictions than operations/],
    ['pongs that nobody asked for', /answers that nobody asked for/],
    ['junk over the control pipe', /a frame of \d+ bytes/],
  ])('%s', async (misdeed, reason) => {
    openHostile(misdeed);
    const instance = await start();
    const [other] = [await start()];
    expect(await call(instance, 'well')).toBe('well');
    const error = await failure(() => call(instance, 'now', { hostCalls: 50 }), 'EXECUTOR_CRASHED');
    expect(error.details).toMatchObject({ started: true, reason: expect.stringMatching(reason) });
    expect([instance.state, other.state]).toEqual(['poisoned', 'poisoned']);
    await goesOn();
  });

  test('the same answer twice: the first counts', async () => {
    openHostile('two answers');
    expect(await call(await start(), 'now')).toBe('done');
    await goesOn();
  });
});

describe('a child that', () => {
  test.each<[string, RegExp]>([
    ['half of an answer, and its end', /exit code 0/],
    ['a closed pipe, and it lives on', /SIGKILL/],
    ['a reason as long as a book', /^x(\\n|.){1,520}$/s],
  ])('says %s', async (misdeed, reason) => {
    openHostile(misdeed);
    const error = await failure(async () => call(await start(), 'now'), 'EXECUTOR_CRASHED');
    expect(error.details).toMatchObject({ started: true, reason: expect.stringMatching(reason) });
    await goesOn();
  });

  test.each(['half of an answer, and nothing more', 'nothing at all'])(
    'says %s: it has until the deadline',
    async (misdeed) => {
      openHostile(misdeed);
      const instance = await start();
      await failure(() => call(instance, 'now', { timeoutMs: 100 }), 'DEADLINE_EXCEEDED');
      await goesOn();
    },
  );

  test('prints without end is not listened to, and does not get stuck', async () => {
    openHostile('megabytes on its standard output');
    expect(await call(await start(), 'now')).toBe('done');
    expect(children.alive).toBe(1);
  });
});

describe('the heartbeat', () => {
  const heartbeat = { everyMs: 30, lostMs: 1_500 };

  test.runIf(process.platform !== 'win32')('ends a child that the system has stopped', async () => {
    open({ heartbeat });
    const instance = await start();
    const spinning = (async () =>
      instance.call('spin', '', 'text', settings({ fuel: '64G', timeoutMs: '1h' }), now()))();
    const outcome = spinning.catch((error: unknown) => error);
    children.children[0]?.kill('SIGSTOP');
    const error = await outcome;
    expect(isRingfenceError(error, 'EXECUTOR_CRASHED') && error.details.reason).toBe('it does not answer');
    await goesOn();
  });

  test('is content with a child whose plugin computes', async () => {
    open({ heartbeat });
    const instance = await start();
    // Longer than it waits for an answer: the thread of the plugin is busy, the one that answers is not.
    const limits = { fuel: '640G', timeoutMs: 2 * heartbeat.lostMs };
    await failure(async () => instance.call('spin', '', 'text', settings(limits), now()), 'DEADLINE_EXCEEDED');
    expect(children.count).toBe(1);
    expect(children.alive).toBe(1);
  });

  test('asks nothing while nothing runs: an idle child that was stopped is found by the next call', async () => {
    open({ heartbeat: { everyMs: 10, lostMs: 2_000 } });
    const instance = await start();
    expect(await call(instance, 'x')).toBe('x');
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(children.alive).toBe(1);
    expect(await call(instance, 'y')).toBe('y');
  });
});
