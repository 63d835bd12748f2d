/** Events reach the plugins that subscribe to them, by priority; what one of them does wrong is its own matter. */
import { describe, expect, test } from 'vitest';
import type { EmitReport, LogEntry, PluginConfiguration } from '../../engine/index.ts';
import { countingPlugin } from '../support/counting-plugin.ts';
import { compilePlugin, returnText } from '../support/wat.ts';
import { manage } from './support/managed.ts';

interface Handler {
  readonly subscribes: readonly unknown[];
  readonly priority?: number;
  /** What it answers: JSON; undefined echoes the message. */
  readonly answer?: unknown;
  /** WAT in place of an answer. */
  readonly body?: string;
}

function handler(
  id: string,
  { subscribes, priority, answer, body }: Handler,
  more: Partial<PluginConfiguration> = {},
): PluginConfiguration {
  const text = returnText('$answer', JSON.stringify(answer ?? null));
  const plugin = countingPlugin({
    name: id,
    manifest: { events: { subscribes, ...(priority === undefined ? {} : { priority }) } },
    hooks: { on_event: body ?? (answer === undefined ? undefined : text.body) },
  });
  const own =
    body === undefined && answer === undefined ? countingPlugin({ name: id, manifest: plugin.manifest ?? {} }) : plugin;
  return { id, source: compilePlugin({ ...own, extra: `${own.extra} ${text.data}` }), ...more };
}
const outcomes = ({ results }: EmitReport): string[] => results.map(({ plugin, outcome }) => `${plugin} ${outcome}`);

test('an event reaches those that subscribe to it, by priority, and their answers come back with their names', async () => {
  await using test = await manage({
    plugins: [
      handler('low', { subscribes: ['message.*'], priority: -1 }),
      handler('none', { subscribes: ['order.*'] }),
      handler('high', { subscribes: [{ event: 'message.incoming', priority: 10 }] }),
      handler('configured', { subscribes: ['message.incoming'], priority: -9 }, { priority: 99 }),
      { id: 'deaf', source: compilePlugin(countingPlugin({ name: 'deaf' })) },
    ],
  });
  const { manager } = test;
  await manager.start();
  const report = await manager.emit('message.incoming', { text: 'hi' });
  expect(outcomes(report)).toEqual(['configured passed', 'high passed', 'low passed']);
  expect(report.results[0]).toMatchObject({
    version: '1.0.0',
    result: { event: 'message.incoming', payload: { text: 'hi' } },
  });
  expect(report).toMatchObject({ event: 'message.incoming', payload: { text: 'hi' }, stopped: undefined });
  expect(outcomes(await manager.emit('order.created'))).toEqual(['none passed']);
  expect(outcomes(await manager.emit('nobody.listens'))).toEqual([]);
});

describe('a handler', () => {
  const changer = { event: 'm', may: ['change'] };
  const stopper = { event: 'm', may: ['stop'] };

  test('that may change the event changes it for those after it', async () => {
    await using test = await manage({
      plugins: [
        handler('before', { subscribes: ['m'], priority: 2 }),
        handler('changer', { subscribes: [changer], priority: 1, answer: { payload: { text: 'b' }, result: 7 } }),
        handler('after', { subscribes: ['m'] }),
      ],
    });
    await test.manager.start();
    const report = await test.manager.emit('m', { text: 'a' });
    expect(report.payload).toEqual({ text: 'b' });
    expect(report.results.map(({ result }) => result)).toEqual([
      { event: 'm', payload: { text: 'a' } },
      7,
      { event: 'm', payload: { text: 'b' } },
    ]);
  });

  test('that may stop the event stops it for those after it', async () => {
    await using test = await manage({
      plugins: [
        handler('stopper', { subscribes: [stopper], priority: 1, answer: { stop: true, reason: 'bad\nword' } }),
        handler('after', { subscribes: ['m'] }),
      ],
    });
    await test.manager.start();
    const report = await test.manager.emit('m', 1);
    expect(report.stopped).toEqual({ plugin: 'stopper', reason: 'bad\\nword' });
    expect(outcomes(report)).toEqual(['stopper stopped']);
  });

  test('that may do neither does neither, and what it wanted is logged', async () => {
    const lines: LogEntry[] = [];
    await using test = await manage({
      engine: { logger: { log: (line: LogEntry) => void lines.push(line) } },
      plugins: [
        handler('looks', { subscribes: ['m'], priority: 3, answer: { stop: true, payload: 0 } }),
        handler('stopper', { subscribes: [stopper], priority: 2, answer: { payload: 0 } }),
        handler('changer', { subscribes: [changer], priority: 1, answer: { stop: true } }),
      ],
    });
    await test.manager.start();
    const report = await test.manager.emit('m', 1);
    expect(outcomes(report)).toEqual(['looks passed', 'stopper passed', 'changer passed']);
    expect(report).toMatchObject({ payload: 1, stopped: undefined });
    expect(report.results[0]?.result).toEqual({ stop: true, payload: 0 });
    expect(lines.map(({ plugin, message }) => `${plugin}: ${message}`)).toEqual(
      expect.arrayContaining([
        'stopper: It wanted to change an event: its manifest does not say that it may',
        'changer: It wanted to stop an event: its manifest does not say that it may',
      ]),
    );
  });

  test.each([
    ['traps', '(unreachable)', 'TRAP'],
    ['never ends', '(loop $l (br $l)) (i64.const 0)', 'OUT_OF_FUEL'],
    [
      'answers what is not JSON',
      '(i32.store8 (local.get $ptr) (i32.const 33)) (call $pack (local.get $ptr) (i32.const 1))',
      'BAD_OUTPUT',
    ],
    ['fails in good order', '(i64.const -1)', 'GUEST_ERROR'],
  ])('that %s takes nothing from the others', async (_, body, code) => {
    await using test = await manage({
      plugins: [
        handler('bad', { subscribes: ['m'], priority: 2, body }, { limits: { fuel: '5M' } }),
        handler(
          'worse',
          { subscribes: [{ event: 'm', may: ['change', 'stop'] }], priority: 1, body },
          { limits: { fuel: '5M' } },
        ),
        handler('good', { subscribes: ['m'] }),
      ],
    });
    await test.manager.start();
    const report = await test.manager.emit('m', 1);
    expect(outcomes(report)).toEqual(['bad failed', 'worse failed', 'good passed']);
    expect(report.results[0]?.error).toMatchObject({ code, plugin: 'bad' });
    expect(report.stopped).toBe(undefined);
  });

  test('that is slow is cut off at its deadline, and the others do not wait for it', async () => {
    await using test = await manage(
      {
        plugins: [
          handler(
            'slow',
            { subscribes: ['m'], priority: 1, body: '(loop $l (br $l)) (i64.const 0)' },
            { eventTimeoutMs: 50, limits: { fuel: '60G' } },
          ),
          handler('good', { subscribes: ['m'] }),
        ],
      },
      { world: 'real' },
    );
    await test.manager.start();
    const report = await test.manager.emit('m', 1);
    expect(outcomes(report)).toEqual(['slow failed', 'good passed']);
    expect(report.results[0]?.error).toMatchObject({ code: 'DEADLINE_EXCEEDED', details: { allowed: 50 } });
  });
});

describe('a plugin that cannot handle an event', () => {
  const moderation = (onFailure: 'open' | 'closed'): PluginConfiguration =>
    handler(
      'moderation',
      { subscribes: [{ event: 'm', may: ['stop'] }], priority: 1, body: '(unreachable)' },
      { onFailure },
    );

  test('lets it pass where it fails open', async () => {
    await using test = await manage({ plugins: [moderation('open'), handler('after', { subscribes: ['m'] })] });
    await test.manager.start();
    expect(outcomes(await test.manager.emit('m'))).toEqual(['moderation failed', 'after passed']);
  });

  test('stops it where it fails closed, also while it is down', async () => {
    await using test = await manage({ plugins: [moderation('closed'), handler('after', { subscribes: ['m'] })] });
    const { manager } = test;
    await manager.start();
    expect(await manager.emit('m')).toMatchObject({
      stopped: { plugin: 'moderation', reason: expect.stringContaining('trapped') },
    });
    manager.get('moderation')?.lifecycle.ill('the test says so');
    expect(manager.get('moderation')?.state).toBe('degraded');
    const report = await manager.emit('m');
    expect(outcomes(report)).toEqual(['moderation skipped']);
    expect(report.stopped).toMatchObject({ plugin: 'moderation', reason: expect.stringContaining('degraded') });
  });
});

test('an event that means nothing is refused', async () => {
  await using test = await manage({ plugins: [] });
  await expect(test.manager.emit('a b')).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  await expect(test.manager.emit('a', 1n)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  await expect(test.manager.emit('a', () => {})).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  await expect(test.manager.emit('a', 1, { priority: 1 } as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
});

test('a signal ends the handling', async () => {
  await using test = await manage({ plugins: [handler('a', { subscribes: [{ event: 'm', may: ['stop'] }] })] });
  await test.manager.start();
  const report = await test.manager.emit('m', 1, { signal: AbortSignal.abort() });
  expect(report.results).toEqual([]);
});

test('while plugins change their versions no event is lost', async () => {
  const version = (version: string): PluginConfiguration['source'] =>
    compilePlugin(countingPlugin({ version, manifest: { events: { subscribes: ['m'] } } }));
  await using test = await manage({ plugins: [{ id: 'counter', source: version('1.0.0') }] });
  const { manager } = test;
  await manager.start();
  let isDone = false;
  const reloading = (async () => {
    for (let i = 2; i < 12; i++) await manager.reload('counter', version(`${i}.0.0`));
    isDone = true;
  })();
  const versions = new Set<string | undefined>();
  while (!isDone) {
    const report = await manager.emit('m', 1);
    expect(outcomes(report)).toEqual(['counter passed']);
    versions.add(report.results[0]?.version);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await reloading;
  expect(versions.size).toBeGreaterThan(1);
});
