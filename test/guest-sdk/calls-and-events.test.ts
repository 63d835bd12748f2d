/** `plugins`, `events` and host functions of the application, as a plugin in AssemblyScript uses them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createEngine,
  type Engine,
  HostFunctionError,
  hostFunction,
  type Plugin,
  type PluginEvent,
} from '../../engine/index.ts';
import { canSuspend } from '../../engine/runtime/jspi.ts';
import { compilePlugin, ECHO } from '../support/wat.ts';
import { fixture } from './support/drivers.ts';

const values = compilePlugin({ name: 'values', functions: { json: ECHO, bytes: ECHO, trap: '(unreachable)' } });
const askDesk = hostFunction({
  name: 'ask_desk',
  capability: 'desk',
  input: 'text',
  output: 'text',
  call: (_, question) => {
    if (question === '') throw new HostFunctionError('NO_QUESTION', 'nothing was asked');
    return `${question}? Yes.`;
  },
});

describe.runIf(canSuspend)('a plugin among others', () => {
  let engine: Engine;
  let plugin: Plugin;
  const heard: PluginEvent[] = [];

  beforeAll(async () => {
    engine = await createEngine({ hostFunctions: [askDesk] });
    engine.on('plugin-event', (event) => void heard.push(event));
    await engine.load(values);
    plugin = await engine.load(await fixture('social'), { grants: { call: true, emit: true } });
  });
  afterAll(() => engine.close());

  test('calls them', async () => {
    const ask = (target: string) => plugin.call('ask', { target, input: { a: 'ü' } });
    expect(await ask('values/json')).toEqual({ ok: true, text: '{"a":"ü"}' });
    expect(await ask('values/trap')).toMatchObject({
      ok: false,
      text: '',
      code: 'TRAP',
      details: { plugin: 'values', function: 'trap' },
    });
    expect(await ask('others/json')).toMatchObject({ ok: false, code: 'PERMISSION_DENIED' });
    expect(await plugin.callBytes('ask_bytes', Uint8Array.of(0, 255))).toEqual(Uint8Array.of(0, 255));
  });

  test('sends events', async () => {
    expect(await plugin.call('tell', { name: 'social.news', payload: [1] })).toEqual({ ok: true, text: '' });
    expect(await plugin.call('shout')).toEqual({ ok: true, text: '' });
    expect(await plugin.call('tell', { name: 'other.news', payload: 1 })).toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(heard.map(({ event, payload }) => [event, payload])).toEqual([
      ['social.news', [1]],
      ['social.shout', undefined],
    ]);
  });

  test('asks the application, once that is granted', async () => {
    expect(await plugin.call('has_desk')).toBe(false);
    expect(await plugin.call('desk', 'open')).toMatchObject({ ok: false, code: 'PERMISSION_DENIED' });
    await plugin.grant({ custom: ['desk'] });
    expect(await plugin.call('has_desk')).toBe(true);
    expect(await plugin.call('desk', 'open')).toEqual({ ok: true, text: 'open? Yes.' });
    expect(await plugin.call('desk', '')).toMatchObject({ code: 'NO_QUESTION', message: 'nothing was asked' });
  });
});
