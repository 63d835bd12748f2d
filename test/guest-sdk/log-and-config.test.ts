/** `log` and `config`. */
import { describe, expect, test } from 'vitest';
import { MiniHost } from '../support/mini-host.ts';
import { DRIVERS, fixture } from './support/drivers.ts';

describe.each(DRIVERS)('under %s', (_, start) => {
  test('messages from the enabled level on arrive', async () => {
    await using plugin = await start(await fixture('values'));
    await plugin.call('logAll', 'žluť 🎵');
    expect(plugin.logs).toEqual(['2 žluť 🎵', '3 žluť 🎵', '4 žluť 🎵']);
    expect(await plugin.call('logEnabled')).toEqual([false, true]);
  });

  test('fields go beside messages', async () => {
    await using plugin = await start(await fixture('values'));
    await plugin.call('logFields', { message: 'žluť', fields: { a: [1, { b: 'x' }], ž: null } });
    const text = 'žluť {"a":[1,{"b":"x"}],"ž":null}';
    expect(plugin.logs).toEqual([`2 ${text}`, `4 ${text}`]);
  });

  test('a lone surrogate or an empty message is no trouble', async () => {
    await using plugin = await start(await fixture('values'));
    await plugin.call('logAll', 'lone \ud800');
    await plugin.call('logAll', '');
    expect(plugin.logs.slice(2, 4)).toEqual(['4 lone \ufffd', '2 ']);
  });

  test.each([
    [{ greeting: 'Ahoj 👋', deep: { list: [1, 2] } }, 'greeting', { exists: true, value: 'Ahoj 👋' }],
    [{ greeting: 'Ahoj 👋', deep: { list: [1, 2] } }, 'deep', { exists: true, value: { list: [1, 2] } }],
    [{ nothing: null }, 'nothing', { exists: true, value: null }],
    [{}, 'greeting', { exists: false, value: null }],
  ])('with the configuration %j, %j is %j', async (config, key, value) => {
    await using plugin = await start(await fixture('values'), { config });
    expect(await plugin.call('setting', key)).toEqual(value);
    expect(await plugin.call('settings')).toEqual(config);
  });
});

test('a disabled level costs no message', async () => {
  const plugin = new MiniHost(await fixture('values'), { logLevel: 5 });
  plugin.call('logAll', 'quiet');
  expect(plugin.logs).toEqual([]);
});
