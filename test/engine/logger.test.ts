/** The loggers that an application may hand over: one of its own, or pino. */
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createEngine, EXECUTORS, type LevelLogger } from '../../engine/index.ts';
import { failure } from '../support/errors.ts';
import { compilePlugin, escapeWat } from '../support/wat.ts';

const MESSAGE = 'served\n{"level":60}';
const FIELDS = '{"song":"s1","plugin":"forged"}';
const wasm = compilePlugin({
  name: 'talker',
  imports: `(import "env" "log_fields" (func $log (param i32 i32 i32 i32 i32)))
    (import "env" "log_enabled" (func $enabled (param i32) (result i32)))`,
  extra: `(data (i32.const 2048) "${escapeWat(MESSAGE)}") (data (i32.const 3072) "${escapeWat(FIELDS)}")`,
  functions: {
    talk: `(local $level i32)
      (loop $l
        (call $log (local.get $level) (i32.const 2048) (i32.const ${MESSAGE.length}) (i32.const 3072) (i32.const ${FIELDS.length}))
        (br_if $l (i32.lt_u (local.tee $level (i32.add (local.get $level) (i32.const 1))) (i32.const 5))))
      (i64.const 0)`,
  },
});

test('pino gets level, message and fields, and says which levels it wants', async () => {
  const lines: Record<string, unknown>[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      lines.push(
        ...String(chunk)
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line)),
      );
      done();
    },
  });
  await using engine = await createEngine({ logger: pino({ level: 'warn', base: null }, stream) });
  const plugin = await engine.load(wasm, { id: 'p' });
  await plugin.call('talk');
  const line = {
    time: expect.any(Number),
    plugin: 'p',
    version: '1.0.0',
    source: 'plugin',
    fields: { song: 's1', plugin: 'forged' },
    msg: 'served\\n{"level":60}',
  };
  expect(lines).toEqual([
    { ...line, level: 40 },
    { ...line, level: 50 },
  ]);
});

test('so does any object with a method for each level', async () => {
  const lines: unknown[] = [];
  const write =
    (level: string) =>
    (fields: object, message: string): void => {
      lines.push([level, message, Object.keys(fields)]);
    };
  const logger: LevelLogger = {
    trace: write('trace'),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
  await using engine = await createEngine({ logger, limits: { logLinesPerSecond: 2 } });
  const plugin = await engine.load(wasm);
  await plugin.call('talk');
  expect(lines).toEqual([
    ['trace', 'served\\n{"level":60}', ['plugin', 'version', 'source', 'fields']],
    ['debug', 'served\\n{"level":60}', ['plugin', 'version', 'source', 'fields']],
    [
      'warn',
      expect.stringContaining('3 log lines of the plugin were dropped'),
      ['plugin', 'version', 'source', 'dropped'],
    ],
  ]);
});

test.each([[{ info: () => {} }], ['console'], [null], [{ trace: 1, debug: 1, info: 1, warn: 1, error: 1 }]])(
  'no logger: %j',
  async (logger) => {
    const error = await failure(() => createEngine({ logger: logger as unknown as LevelLogger }), 'INVALID_OPTION');
    expect(error.message).toContain('`logger`');
  },
);

test.each(EXECUTORS)('lines are no more severe than the operator lets them be (%s)', async (executor) => {
  const lines: string[] = [];
  await using engine = await createEngine({
    executor,
    logger: { log: ({ level, source }) => lines.push(`${source} ${level}`) },
  });
  const plugin = await engine.load(wasm, { maxLogLevel: 'info', limits: { logCallBytes: 150 } });
  await plugin.call('talk');
  // What the engine says of it keeps its level.
  await expect.poll(() => lines).toEqual(['plugin trace', 'plugin debug', 'plugin info', 'engine warn']);
  await failure(() => engine.load(wasm, { id: 'b', maxLogLevel: 'fatal' as never }), 'INVALID_OPTION');
  const { length } = lines;
  await (await engine.load(wasm, { id: 'c', maxLogLevel: 'debug' })).call('talk');
  await expect.poll(() => lines.slice(length)).toEqual(['plugin trace', ...Array(4).fill('plugin debug')]);
});
