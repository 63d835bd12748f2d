/** A plugin beside another of the same id, until it takes its place. */
import { expect, test } from 'vitest';
import { createEngine, type Plugin } from '../../engine/index.ts';
import { countingPlugin } from '../support/counting-plugin.ts';
import { compilePlugin } from '../support/wat.ts';

const version = (version: string): Uint8Array<ArrayBuffer> => compilePlugin(countingPlugin({ version }));
const add = async (plugin: Plugin | undefined): Promise<string> =>
  new TextDecoder().decode(await (plugin as Plugin).callBytes('add', new Uint8Array(0)));

test('what is loaded aside takes the place in one step, and gives it back', async () => {
  await using engine = await createEngine();
  const old = await engine.load(version('1.0.0'));
  const next = await engine.load(version('2.0.0'), { aside: true });
  expect(engine.get('counter')).toBe(old);
  expect(engine.plugins).toEqual([old]);
  expect(await add(next)).toBe('2.0.0 00000001');
  expect(engine.swap(next)).toBe(old);
  expect(await add(engine.get('counter'))).toBe('2.0.0 00000002');
  expect(await add(old)).toBe('1.0.0 00000001');
  expect(engine.swap(old)).toBe(next);
  await next.unload();
  expect(await add(engine.get('counter'))).toBe('1.0.0 00000002');
  expect(() => engine.swap(next)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
});

test('what was swapped out and unloaded does not take the other with it', async () => {
  await using engine = await createEngine();
  const old = await engine.load(version('1.0.0'));
  const next = await engine.load(version('2.0.0'), { aside: true });
  engine.swap(next);
  await old.unload();
  expect(engine.get('counter')).toBe(next);
});

test('a module is let go of once no plugin consists of it', async () => {
  await using engine = await createEngine();
  const bytes = version('1.0.0');
  const plugin = await engine.load(bytes);
  const { digest } = plugin.info;
  engine.forget(digest);
  expect(await add(plugin)).toBe('1.0.0 00000001');
  await plugin.unload();
  engine.forget(digest);
  const again = await engine.load(bytes);
  expect(await add(again)).toBe('1.0.0 00000001');
});

test('closing the engine takes along what stands aside', async () => {
  const engine = await createEngine();
  await engine.load(version('1.0.0'));
  const next = await engine.load(version('2.0.0'), { aside: true });
  await engine.close();
  expect(next.state).toBe('stopped');
  expect(() => engine.swap(next)).toThrow(expect.objectContaining({ code: 'CLOSED' }));
});

test('loaded without being started it is known, and runs when it is told to', async () => {
  await using engine = await createEngine();
  const plugin = await engine.load(version('1.0.0'), { start: false });
  expect([plugin.state, plugin.info.version, plugin.instances]).toEqual(['installed', '1.0.0', 0]);
  await plugin.start();
  expect(plugin.state).toBe('running');
  const other = await engine.load(version('1.0.0'), { id: 'other', start: false });
  await other.unload();
  expect(other.state).toBe('stopped');
});
