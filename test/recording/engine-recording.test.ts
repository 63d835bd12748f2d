/** Recording the plugins of an engine from some moment on: `engine.record`. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createEngine, replay } from '../../engine/index.ts';
import { temporaryDir } from '../cli/support/cli.ts';
import { compilePlugin, ECHO } from '../support/wat.ts';

const dir = temporaryDir();
const COUNTING = `(global.set $n (i32.add (global.get $n) (i32.const 1)))
  (i32.store8 (local.get $ptr) (i32.add (i32.const 48) (global.get $n)))
  (i64.or (i64.shl (i64.extend_i32_u (local.get $ptr)) (i64.const 32)) (i64.const 1))`;
const counting = compilePlugin({
  name: 'counting',
  extra: '(global $n (mut i32) (i32.const 0))',
  functions: { count: COUNTING, echo: ECHO },
});
const operations = (file: string): { op: string; function?: string }[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => JSON.parse(line) as { op: string; function?: string });

test('all plugins, those that run and those that are loaded later, to a file each', async () => {
  await using engine = await createEngine({ executor: 'inline' });
  const before = await engine.load(counting, { id: 'before' });
  expect(await before.call('count', 'x')).toBe(1);
  const recording = await engine.record(join(dir, 'all'));
  const after = await engine.load(counting, { id: '@scope/after' });
  // It has been restarted: what is recorded begins with the start of an instance.
  expect(await before.call('count', 'x')).toBe(1);
  expect(await after.call('echo', { a: 'ü' })).toEqual({ a: 'ü' });
  await expect(before.call('echo', 'x', { limits: { fuel: 1 } })).rejects.toMatchObject({ code: 'OUT_OF_FUEL' });
  await recording.stop();
  expect(recording.files).toEqual([join(dir, 'all', 'before.jsonl'), join(dir, 'all', '%40scope%2Fafter.jsonl')]);
  expect(operations(recording.files[0] as string)).toMatchObject([
    { op: 'start' },
    { op: 'call', function: 'count' },
    { op: 'call', function: 'echo' },
  ]);
  for (const file of recording.files) expect(await replay(file, counting)).toMatchObject({ difference: undefined });
});

test('once it is stopped nothing more is written, and the plugins go on', async () => {
  await using engine = await createEngine({ executor: 'inline' });
  const plugin = await engine.load(counting);
  const recording = await engine.record(join(dir, 'stopped'));
  await plugin.call('count', 'x');
  await Promise.all([recording.stop(), recording.stop()]);
  const [file = ''] = recording.files;
  const written = readFileSync(file, 'utf8');
  expect(await plugin.call('count', 'x')).toBe(2);
  await engine.load(counting, { id: 'late' });
  await plugin.unload();
  expect(readFileSync(file, 'utf8')).toBe(written);
  expect(recording.files).toHaveLength(1);
});

test('one plugin by its id, whether it is loaded by then or not', async () => {
  await using engine = await createEngine({ executor: 'inline' });
  await engine.load(counting, { id: 'other' });
  await using recording = await engine.record(join(dir, 'one'), { plugins: ['wanted'] });
  expect(recording.files).toEqual([]);
  const wanted = await engine.load(counting, { id: 'wanted' });
  await wanted.call('count', 'x');
  await wanted.unload();
  // It is complete as soon as the plugin is gone.
  expect(operations(recording.files[0] as string).map(({ op }) => op)).toEqual(['start', 'call', 'stop']);
  await engine.load(counting, { id: 'wanted' });
  expect(recording.files).toEqual([join(dir, 'one', 'wanted.jsonl'), join(dir, 'one', 'wanted.2.jsonl')]);
});

test('beside the option `record`, which has a file of its own', async () => {
  await using engine = await createEngine({ executor: 'inline' });
  const own = join(dir, 'own.jsonl');
  const plugin = await engine.load(counting, { record: own });
  const recording = await engine.record(join(dir, 'beside'));
  await plugin.call('count', 'x');
  await engine.close();
  expect(operations(own).map(({ op }) => op)).toEqual(['start', 'stop', 'start', 'call', 'stop']);
  expect(operations(recording.files[0] as string).map(({ op }) => op)).toEqual(['start', 'call', 'stop']);
  for (const file of [own, ...recording.files]) {
    expect(await replay(file, counting)).toMatchObject({ difference: undefined });
  }
});

test('a plugin that is not started yet is recorded when it starts', async () => {
  await using engine = await createEngine({ executor: 'inline' });
  const plugin = await engine.load(counting, { start: false });
  await using recording = await engine.record(join(dir, 'later'));
  expect(plugin.state).toBe('installed');
  await plugin.start();
  expect(plugin.callSync('count', 'x')).toBe(1);
  await recording.stop();
  expect(operations(recording.files[0] as string).map(({ op }) => op)).toEqual(['start', 'call']);
});

test('plugins on other threads cannot be recorded, and are not restarted in vain', async () => {
  const lines: string[] = [];
  await using engine = await createEngine({
    executor: 'inline',
    logger: { log: ({ message }) => lines.push(message) },
  });
  const away = await engine.load(counting, { id: 'away', executor: 'worker' });
  await engine.load(counting, { id: 'here' });
  await away.call('count', 'x');
  await expect(engine.record(join(dir, 'away'))).rejects.toMatchObject({ code: 'INVALID_OPTION', plugin: 'away' });
  expect(await away.call('count', 'x')).toBe(2);
  expect(existsSync(join(dir, 'away'))).toBe(false);

  // The next one is not in the way of the first.
  await using recording = await engine.record(join(dir, 'away'), { plugins: ['here', 'named'] });
  await engine.load(counting, { id: 'also-away', executor: 'worker' });
  await expect(engine.load(counting, { id: 'named', executor: 'worker' })).rejects.toMatchObject({
    code: 'INVALID_OPTION',
    plugin: 'named',
  });
  expect(engine.get('named')).toBeUndefined();
  await recording.stop();
  await away.unload();
  await engine.get('also-away')?.unload();
  await using all = await engine.record(join(dir, 'away'));
  await engine.load(counting, { id: 'away', executor: 'worker' });
  expect(lines.join()).toContain('The plugin away is not recorded');
  expect(all.files).toEqual([join(dir, 'away', 'here.jsonl')]);
});

test('one recording at a time, to a directory that can be written to, of an engine that is open', async () => {
  await using engine = await createEngine({ executor: 'inline' });
  const plugin = await engine.load(counting);
  writeFileSync(join(dir, 'file'), '');
  await expect(engine.record(join(dir, 'file'))).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  await expect(engine.record('')).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  await expect(engine.record(dir, { plugins: 'counting' as never })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  await expect(engine.record(dir, { plugin: 'counting' } as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  await using recording = await engine.record(join(dir, 'twice'));
  await expect(engine.record(join(dir, 'thrice'))).rejects.toThrow('stop that recording first');
  expect(await plugin.call('count', 'x')).toBe(1);
  await recording.stop();
  await (await engine.record(join(dir, 'thrice'))).stop();
  await engine.close();
  await expect(engine.record(dir)).rejects.toMatchObject({ code: 'CLOSED' });
});
