/** Workers that do not do what they are there for: the executor's own defences, against real threads. */
import { afterEach, describe, expect, test } from 'vitest';
import { RemoteExecutor } from '../../engine/executors/remote/remote-executor.ts';
import { WorkerLink } from '../../engine/executors/remote/worker-link.ts';
import { failure } from '../support/errors.ts';
import { ECHO } from '../support/wat.ts';
import { runnable, settings } from './support/runnable.ts';
import { HEAP_BYTES, Spawned } from './support/spawned.ts';

const plugin = await runnable({ functions: { echo: ECHO } });
const now = (): number => performance.now();

let executor: RemoteExecutor | undefined;
afterEach(() => executor?.close());

/** An executor whose workers run this file. */
function executorOf(file: string, { graceMs = 20, hosts = 1 } = {}): RemoteExecutor {
  const entry = new URL(`./support/${file}.ts`, import.meta.url);
  executor = new RemoteExecutor({
    name: 'worker',
    hosts,
    callers: 1,
    graceMs,
    launch: (events) =>
      new WorkerLink({ heapBytes: HEAP_BYTES, suspensions: 10, maxLiveInstances: 10, blocks: false, entry }, events),
  });
  return executor;
}

describe('a worker that does not come back from a call', () => {
  test('is ended a while after the deadline; who waited behind it is told at the deadline', async () => {
    using workers = new Spawned();
    const stuck = executorOf('stuck-worker');
    const [a, b, c] = await Promise.all([0, 1, 2].map(() => stuck.start(plugin, settings(), now())));
    if (a === undefined || b === undefined || c === undefined) return;
    const call = (instance: typeof a, timeoutMs: number): Promise<unknown> =>
      (async () => instance.call('echo', 'x', 'text', settings({ timeoutMs }), now()))();
    const long = call(a, 300);
    const short = call(b, 20);
    const later = call(c, 60_000);
    await failure(() => short, 'DEADLINE_EXCEEDED');
    expect(b.state).toBe('poisoned');
    expect(workers.alive).toBe(1);
    await failure(() => long, 'DEADLINE_EXCEEDED');
    expect((await failure(() => later, 'EXECUTOR_CRASHED')).details).toMatchObject({ started: false });
    expect([a.state, b.state, c.state]).toEqual(['poisoned', 'poisoned', 'poisoned']);
  });

  test('is ended a while after its caller has aborted it', async () => {
    const stuck = executorOf('stuck-worker');
    const instance = await stuck.start(plugin, settings(), now());
    const controller = new AbortController();
    const call = (async () => instance.call('echo', 'x', 'text', settings({}, controller.signal), now()))();
    setTimeout(() => controller.abort(), 20);
    await failure(() => call, 'CANCELLED');
    expect(instance.state).toBe('poisoned');
  });
});

test('a worker that ends before it is ready is not started over and over', async () => {
  using workers = new Spawned();
  const dying = executorOf('dying-worker');
  const error = await failure(() => dying.start(plugin, settings(), now()), 'EXECUTOR_CRASHED');
  expect(error.details).toMatchObject({ started: false, reason: expect.stringContaining('not today') });
  const started = workers.count;
  expect(started).toBeLessThan(6);
  // By now the pause is longer than anybody waits.
  const again = await Promise.all(
    Array.from({ length: 50 }, () => failure(() => dying.start(plugin, settings(), now()), 'EXECUTOR_CRASHED')),
  );
  expect(again.every(({ details }) => details.started === false)).toBe(true);
  expect(workers.count - started).toBeLessThan(6);
});

test('an entry file that does not exist', async () => {
  const nowhere = executorOf('no-such-file');
  const error = await failure(() => nowhere.start(plugin, settings(), now()), 'EXECUTOR_CRASHED');
  expect(error.details.reason).toContain('no-such-file');
});

test('nothing is started once the executor is closed', async () => {
  const closed = executorOf('stuck-worker');
  await closed.close();
  await failure(() => closed.start(plugin, settings(), now()), 'CLOSED');
});
