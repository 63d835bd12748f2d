/** Typed errors: `fail`, `failed`, `recover`, and what is an abort instead. */
import { beforeAll, describe, expect, test } from 'vitest';
import { createEngine } from '../../engine/index.ts';
import { DRIVERS, type Driver, failureOf, fixture } from './support/drivers.ts';

describe.each(DRIVERS)('under %s', (_, start) => {
  let plugin: Driver;
  beforeAll(async () => {
    plugin = await start(await fixture('values'));
    return () => plugin[Symbol.asyncDispose]();
  });

  test.each([
    [{ code: 'NOT_FOUND', message: 'no such song' }],
    [{ code: 'NOT_FOUND', message: 'quotes " and é 日本 🎵', details: { id: 7, path: ['a', null] } }],
    [{ code: 'X', message: '', details: [] }],
  ])('code, message and details arrive: %j', async (failure) => {
    expect(await failureOf(plugin.call('failWith', failure))).toEqual(failure);
  });

  test('a lone surrogate in a message does not break the report', async () => {
    const { message } = await failureOf(plugin.call('failWith', { code: 'X', message: 'lone \ud800' }));
    expect(message).toBe('lone \ud800');
  });

  test('the first failure counts', async () => {
    expect(await failureOf(plugin.call('failTwice'))).toEqual({ code: 'FIRST', message: 'the cause' });
  });

  test('a function without a result fails as well', async () => {
    expect(await failureOf(plugin.call('failVoid'))).toMatchObject({ code: 'VOID' });
  });

  test.each(['array', 'bytes', 'bool', 'json', 'null'])('fail fits behind a return of %s', async (kind) => {
    expect(await failureOf(plugin.call('failAll', kind))).toMatchObject({ code: kind.toUpperCase() });
  });

  test('a failure can be taken back', async () => {
    expect(await plugin.call('recovered')).toBe('true GONE false true');
  });
});

test('an uncaught mistake is a trap with its message and its place', async () => {
  await using engine = await createEngine();
  const plugin = await engine.load(await fixture('values'));
  await expect(plugin.call('trap', 3)).rejects.toMatchObject({ code: 'TRAP' });
  await expect(plugin.call('misuse')).rejects.toMatchObject({
    code: 'TRAP',
    message: expect.stringContaining('Json.set needs an object, but this is an array'),
  });
  await expect(plugin.call('cyclic')).rejects.toMatchObject({
    code: 'TRAP',
    message: expect.stringContaining('does it contain itself?'),
  });
  // Another instance has taken over.
  expect(await plugin.call('number', 1)).toBe(1);
});
