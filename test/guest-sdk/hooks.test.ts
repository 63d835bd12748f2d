/** The lifecycle as a plugin author writes it. */
import { describe, expect, test } from 'vitest';
import { UsageRecord } from '../../engine/host/usage-counters.ts';
import { createEngine } from '../../engine/index.ts';
import { GuestError, MiniHost } from '../support/mini-host.ts';
import { fixture } from './support/drivers.ts';

const host = async (config: unknown = { name: 'Zoë' }): Promise<MiniHost> =>
  new MiniHost(await fixture('hooks'), { config });

test('init sees the configuration, then comes start', async () => {
  expect((await host()).call('log')).toEqual(['init Zoë Zoë', 'start']);
});

test.each(['init', 'start', 'cleanup'])('a failure in %s is reported with its code', async (step) => {
  const run = async (): Promise<void> => {
    const plugin = await host({ failIn: step });
    plugin.run('cleanup');
  };
  await expect(run()).rejects.toThrow(GuestError);
  await expect(run()).rejects.toMatchObject({ code: `NO_${step.toUpperCase()}`, message: 'told not to' });
});

test('stop and cleanup run', async () => {
  const plugin = await host();
  plugin.run('stop');
  plugin.run('cleanup');
  expect(plugin.call('log')).toContain('stop');
});

test('health is what the plugin says', async () => {
  const plugin = await host();
  expect(plugin.exports.plugin_health!()).toBe(0);
  plugin.call('fall_ill');
  expect(plugin.exports.plugin_health!()).toBe(1);
});

test('an event arrives with its payload; members that the plugin does not know are no mistake', async () => {
  const plugin = await host();
  expect(plugin.call('on_event', { event: 'greeted', payload: { to: 'Zoë' }, time: 1 })).toEqual({
    handled: 'greeted',
  });
  expect(plugin.call('log')).toContain('greeted {"to":"Zoë"}');
  expect(() => plugin.call('on_event', { event: 'bad', payload: null })).toThrow('no such event');
});

test('state goes over to the next instance', async () => {
  const old = await host();
  const state = JSON.parse(new TextDecoder().decode(old.callBytes('save_state', new Uint8Array())));
  const next = await host({ name: 'Ada' });
  next.run('restore_state', state);
  expect(next.call('log')).toEqual(['init Ada Ada', 'start', 'old init Zoë Zoë', 'old start']);
  expect(() => next.run('restore_state', 5)).toThrow('expected an array');
});

test('what the plugin says of itself comes from its manifest', async () => {
  expect((await host()).info).toMatchObject({
    name: 'hooks',
    version: '1.0.0',
    description: 'Every hook.',
    functions: ['name', 'log', 'fall_ill'],
  });
});

describe('in the engine', () => {
  test('it starts, and a failure in onInit is the error of load', async () => {
    await using engine = await createEngine();
    const plugin = await engine.load(await fixture('hooks'), { config: { name: 'Zoë' } });
    expect(await plugin.call('log')).toEqual(['init Zoë Zoë', 'start']);
    await expect(
      engine.load(await fixture('hooks'), { id: 'other', config: { failIn: 'init' } }),
    ).rejects.toMatchObject({
      code: 'GUEST_ERROR',
      details: { code: 'NO_INIT', details: { by: 'config' } },
    });
  });

  test('a new configuration arrives as an event, and is what `config` says from then on', async () => {
    await using engine = await createEngine();
    const plugin = await engine.load(await fixture('hooks'), { config: { name: 'Zoë' } });
    await plugin.setConfig({ name: 'Ada' });
    expect(await plugin.call('name')).toBe('Ada');
    expect(await plugin.call('log')).toEqual(['init Zoë Zoë', 'start', 'config.changed {"name":"Ada"}']);
  });

  test('an event of that name from somebody else changes nothing', async () => {
    await using engine = await createEngine();
    const plugin = await engine.load(await fixture('hooks'), { config: { name: 'Zoë' } });
    const forged = '{"event":"config.changed","payload":{"name":"Eve"}}';
    await plugin.account('hook', 'text', 'on_event', forged, undefined, new UsageRecord(plugin.info.limits));
    expect(await plugin.call('name')).toBe('Zoë');
  });
});
