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

describe('fields', () => {
  const withFields = (options: Omit<ProbeOptions, 'logger'> = {}) => {
    const { entries, probe } = listening(options);
    return {
      entries,
      probe,
      log: (fields: string | Uint8Array, message = 'm'): LogEntry | undefined => {
        const at = typeof fields === 'string' ? probe.text(fields) : probe.bytes(fields);
        probe.call('log_fields', WARN, ...probe.text(message), ...at);
        return entries.at(-1);
      },
    };
  };

  test('arrive as values beside the message', () => {
    const { log } = withFields();
    expect(log('{"user":7,"ok":true,"none":null,"tags":["a",1],"deep":{"x":1.5}}')).toMatchObject({
      message: 'm',
      level: 'warn',
      fields: { user: 7, ok: true, none: null, tags: ['a', 1], deep: { x: 1.5 } },
    });
  });

  test('none are no fields', () => {
    const { log } = withFields();
    expect(log('')?.fields).toBeUndefined();
    expect(log('{}')?.fields).toEqual({});
  });

  test('text and names are one line, however deep they are', () => {
    const { log } = withFields();
    const entry = log(JSON.stringify({ 'a\nb': ['c\u001b[2K\u2028', { d: '\u202egnol' }] }));
    expect(entry?.fields).toEqual({ 'a\\nb': ['c\\u001b[2K\\u2028', { d: '\\u202egnol' }] });
  });

  test('names of objects are plain names', () => {
    const { log } = withFields();
    const { fields = {} } = log('{"__proto__":{"admin":true},"constructor":1,"level":"error","plugin":"other"}') ?? {};
    expect(Object.getPrototypeOf(fields)).toBeNull();
    expect(Object.entries(fields)).toEqual([
      ['__proto__', { admin: true }],
      ['constructor', 1],
      ['level', 'error'],
      ['plugin', 'other'],
    ]);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  test('cannot be taken for what the engine says', () => {
    const { log } = withFields();
    expect(log('{"level":"error","plugin":"other","source":"engine"}')).toMatchObject({
      level: 'warn',
      plugin: 'probe',
      source: 'plugin',
    });
  });

  test.each([
    ['no JSON', '{"a":', 'Expected a value, but the text ends, at byte 5'],
    ['no object', '[1]', 'Expected a JSON object'],
    ['null', 'null', 'Expected a JSON object'],
    ['not UTF-8', Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d), 'Not UTF-8, at byte 2'],
    ['too deep', `{"a":${'['.repeat(64)}${']'.repeat(64)}}`, 'limit `jsonDepth`'],
    [
      'too many',
      JSON.stringify(Array.from({ length: 64 }, () => 0)).replace(/.*/, (list) => `{"a":${list}}`),
      '65, more than 64 values (limit `logFields`)',
    ],
  ])('%s: the line is written without them, and says so', (_, fields, problem) => {
    const { log } = withFields();
    const entry = log(fields);
    expect(entry?.fields).toBeUndefined();
    expect(entry?.message).toMatch(/^m \[fields left out: /);
    expect(entry?.message).toContain(problem);
  });

  test('count with the message, and go first where there is no room for both', () => {
    const { log, probe } = withFields({ limits: { logMessageBytes: 20 } });
    expect(log('{"a":"0123456789"}', 'ab')?.fields).toEqual({ a: '0123456789' });
    expect(probe.account.logBytes).toBe(20);
    const entry = log('{"a":"0123456789"}', 'abc');
    expect(entry?.fields).toBeUndefined();
    expect(entry?.message).toContain('abc [fields of 18 bytes left out');
    expect(probe.account.logBytes).toBe(23);
  });

  test('count against what a call may log', () => {
    const { log, probe, entries } = withFields({ limits: { logCallBytes: 30 } });
    log('{"a":"0123456789"}');
    log('{"a":"0123456789"}');
    expect(entries).toHaveLength(1);
    expect(probe.account.logBytes).toBe(19);
  });

  test('of a gigabyte that is not there are a bad pointer', () => {
    const { probe } = withFields();
    failureSync(() => probe.call('log_fields', WARN, ...probe.text('m'), 0, 0x4000_0000), 'BAD_POINTER');
  });

  test('cost and count the same whether anybody reads them or not', () => {
    const cost = (probe: HostProbe): number => {
      const [message, fields] = [probe.text('m'), probe.text('{"a":1,"b":[1,2,3]}')];
      return probe.cost(() => probe.call('log_fields', WARN, ...message, ...fields));
    };
    const silent = new HostProbe();
    const { probe } = withFields();
    expect(cost(silent)).toBe(cost(probe));
    expect(silent.account.logBytes).toBe(probe.account.logBytes);
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

  test('lines that were dropped are reported when the call ends, past the limit on lines', () => {
    const { entries, log, probe } = listening({ limits: { logLinesPerSecond: 1 } });
    log('kept');
    log('dropped');
    log('dropped');
    probe.host.endCall();
    expect(entries.slice(1)).toEqual([
      expect.objectContaining({
        level: 'warn',
        source: 'engine',
        dropped: 2,
        message: expect.stringContaining('2 log lines of the plugin were dropped'),
      }),
    ]);
    probe.host.endCall();
    expect(entries).toHaveLength(2);
  });

  test('a flood in call after call is not a flood of reports', () => {
    const { entries, log, probe } = listening({ limits: { logLinesPerSecond: 0 } });
    for (let i = 0; i < 200; i++) {
      log('dropped');
      probe.host.endCall();
    }
    expect(entries.length).toBeLessThan(20);
    const told = entries.length;
    probe.host.services.log.reportDropped(undefined, true);
    expect(entries.length).toBeLessThanOrEqual(told + 1);
    expect(entries.reduce((sum, { dropped }) => sum + dropped, 0)).toBe(200);
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

test('a logger that throws when a call has ended harms nobody', () => {
  let isBroken = false;
  const { log, probe } = listening(
    { limits: { logLinesPerSecond: 1 } },
    {
      log: () => {
        if (isBroken) throw new Error('disk full');
      },
    },
  );
  log('kept');
  log('dropped');
  isBroken = true;
  probe.host.endCall();
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
