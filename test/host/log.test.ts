import { describe, expect, test } from 'vitest';
import type { LogEntry, Logger } from '../../engine/options.ts';
import { failureSync } from '../support/errors.ts';
import { HostProbe, type ProbeOptions } from '../support/host-probe.ts';

const WARN = 3;

function listening(options: Omit<ProbeOptions, 'logger'> = {}, logger: Partial<Logger> = {}) {
  const entries: LogEntry[] = [];
  const probe = new HostProbe({ ...options, logger: { log: (entry) => entries.push(entry), ...logger } });
  const log = (text: string, level = WARN): unknown => probe.call('log', level, ...probe.text(text));
  return { entries, probe, log };
}

describe('an entry', () => {
  test('says who speaks, and in which call', () => {
    const { entries, log } = listening({ context: { request: 7 } });
    const before = Date.now();
    log('hello, 漢字');
    expect(entries).toEqual([
      {
        level: 'warn',
        message: 'hello, 漢字',
        source: 'plugin',
        plugin: 'probe',
        version: '1.0.0',
        time: expect.any(Number),
        dropped: 0,
        context: { request: 7 },
      },
    ]);
    expect(entries[0]?.time).toBeGreaterThanOrEqual(before);
  });

  test.each([
    [0, 'trace'],
    [1, 'debug'],
    [2, 'info'],
    [3, 'warn'],
    [4, 'error'],
    [5, 'error'],
    [-1, 'error'],
  ])('of level %i is %s', (level, name) => {
    const { entries, log } = listening();
    log('x', level);
    expect(entries[0]?.level).toBe(name);
  });

  test('is one line, whatever the plugin wrote', () => {
    const { entries, log } = listening();
    log('ok\n[error] other-plugin: forged\u001b[2K\r');
    expect(entries[0]?.message).toBe('ok\\n[error] other-plugin: forged\\u001b[2K\\r');
  });

  test('shows bytes that are not UTF-8 as U+FFFD', () => {
    const { entries, probe } = listening();
    probe.call('log', WARN, ...probe.bytes(Uint8Array.of(0x61, 0xff)));
    expect(entries[0]?.message).toBe('a\ufffd');
  });
});

describe('limits', () => {
  test('a long message is cut and marked, between characters', () => {
    const { entries, log, probe } = listening({ limits: { logMessageBytes: 10 } });
    log('0123456789');
    log('01234567漢漢');
    expect(entries.map(({ message }) => message)).toEqual(['0123456789', '01234567… [4 of 14 bytes cut]']);
    expect(probe.account.logBytes).toBe(20);
  });

  test('what a call logs over its limit is dropped and counted', () => {
    const { entries, log, probe } = listening({ limits: { logCallBytes: 20 } });
    for (const text of ['0123456789', '0123456789', 'over', 'over']) log(text);
    expect(entries).toHaveLength(2);
    expect(probe.account.logBytes).toBe(20);
    probe.account.logBytes = 0;
    log('next call');
    expect(entries.at(-1)).toMatchObject({ message: 'next call', dropped: 2 });
  });

  test('lines over the rate are dropped and counted', () => {
    const { entries, log } = listening({ limits: { logLinesPerSecond: 5, hostCalls: 100_000, logCallBytes: '16MiB' } });
    for (let i = 0; i < 1_000; i++) log('x');
    expect(entries.length).toBeGreaterThanOrEqual(5);
    expect(entries.length).toBeLessThan(500);
  });

  test('a log of nothing', () => {
    const { entries, log } = listening({ limits: { logLinesPerSecond: 0 } });
    log('x');
    expect(entries).toEqual([]);
  });

  test('a length that is no length is a bad pointer, not a long message', () => {
    const { probe } = listening();
    failureSync(() => probe.call('log', WARN, 0, -1), 'BAD_POINTER');
  });
});

describe('levels that nobody wants', () => {
  test('are told to the plugin, and their lines are not made', () => {
    const { entries, log, probe } = listening({}, { enabled: (level) => level === 'error' });
    expect(probe.call('log_enabled', 4)).toBe(1);
    expect(probe.call('log_enabled', 3)).toBe(0);
    log('x', 3);
    expect(entries).toEqual([]);
  });

  test('cost and count the same', () => {
    const loud = listening();
    const silent = new HostProbe();
    expect(silent.call('log_enabled', 4)).toBe(0);
    const text = 'the same text';
    const cost = (probe: HostProbe): number => {
      const args = probe.text(text);
      return probe.cost(() => probe.call('log', WARN, ...args));
    };
    expect(cost(silent)).toBe(cost(loud.probe));
    expect(silent.account.logBytes).toBe(loud.probe.account.logBytes);
  });
});

test('a logger that throws ends the call, and the plugin cannot see it', () => {
  const cause = new Error('disk full');
  const { log } = listening(
    {},
    {
      log: () => {
        throw cause;
      },
    },
  );
  const error = failureSync(() => log('x'), 'HOST_FUNCTION_FAILED');
  expect(error.details).toEqual({ import: 'log' });
  expect(error.cause).toBe(cause);
});
