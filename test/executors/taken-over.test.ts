/** What a plugin could reach that has taken over the thread or process it runs in: no more than it was granted. */
import { afterAll, expect, test } from 'vitest';
import { RemoteExecutor } from '../../engine/executors/remote/remote-executor.ts';
import { WorkerLink } from '../../engine/executors/remote/worker-link.ts';
import { CallDesk } from '../../engine/host/call-service.ts';
import { collectFunctions } from '../../engine/host/custom/functions.ts';
import { CustomDesk } from '../../engine/host/custom/service.ts';
import { EventDesk } from '../../engine/host/event-service.ts';
import { LogChannel } from '../../engine/host/log-channel.ts';
import { hostFunction } from '../../engine/index.ts';
import { failure } from '../support/errors.ts';
import { ECHO } from '../support/wat.ts';
import { runnable, settings } from './support/runnable.ts';

const entry = new URL('./support/greedy-worker.ts', import.meta.url);
const executor = new RemoteExecutor({
  name: 'worker',
  hosts: 1,
  callers: 1,
  graceMs: 1_000,
  launch: (events) =>
    new WorkerLink(
      { heapBytes: 64 * 1024 * 1024, suspensions: 10, maxLiveInstances: 10, blocks: false, entry },
      events,
    ),
});
afterAll(() => executor.close());

test('services that were not granted refuse, whoever asks', async () => {
  const lines: string[] = [];
  const harm: unknown[] = [];
  const danger = hostFunction({
    name: 'danger',
    capability: 'weapons',
    input: 'json',
    output: 'none',
    call: () => void harm.push('danger'),
  });
  const peek = hostFunction({
    name: 'peek',
    capability: 'windows',
    input: 'text',
    output: 'bytes',
    // Node.js keeps small buffers side by side in one large one.
    call: () => Buffer.from('abc'),
  });
  const permissions = { emit: ['order.*'], call: ['victim'] };
  const plugin = await runnable(
    { functions: { echo: ECHO } },
    {
      log: new LogChannel({ log: ({ message }) => void lines.push(message) }, 'p', '1.0.0', 1_000),
      events: new EventDesk('p', permissions, {}, (event) => void harm.push(event)),
      calls: new CallDesk('p', permissions, {}, (id) => void harm.push(id)),
      custom: new CustomDesk('p', collectFunctions([danger, peek]), new Map([['custom:windows', { granted: true }]])),
    },
  );
  const instance = await executor.start(plugin, settings(), performance.now());
  await failure(async () => instance.call('echo', 'x', 'text', settings(), performance.now()), 'TRAP');
  expect(harm).toEqual([]);
  expect(lines).toEqual([
    'kv.set: PERMISSION_DENIED',
    'kv.get: PERMISSION_DENIED',
    'events.emit: PERMISSION_DENIED',
    'calls.call: PERMISSION_DENIED',
    'http.send: PERMISSION_DENIED',
    expect.stringMatching(/^custom\.invoke: .*"ok":false,"code":"PERMISSION_DENIED"/),
    'custom.invoke: {"ok":true,"value":"3 of 3 bytes"}',
    'custom.constructor: no such service',
    '__proto__.toString: no such service',
    'log.write: no such service',
    'permits.set: no such service',
  ]);
});
