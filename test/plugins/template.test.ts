/** The JavaScript example, as it is committed, in every executor. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createEngine, type LogEntry } from '../../engine/index.ts';
import { EXECUTORS } from '../../engine/options.ts';
import { failure } from '../support/errors.ts';

const WASM = readFileSync(new URL('../../plugins/template/template.wasm', import.meta.url));

describe.each(EXECUTORS)('in the executor %s', (executor) => {
  test('templates are filled in, checked, and their errors have a place', async () => {
    const entries: LogEntry[] = [];
    await using engine = await createEngine({ executor, logger: { log: (entry) => entries.push(entry) } });
    const config = { partials: { sign: '-- {{author | upper}}' } };
    const plugin = await engine.load(new Uint8Array(WASM), { config });
    const template = 'Hi {{user.name}}!{{#each items}} {{@index}}:{{{.}}}{{else}} none{{/each}} {{> sign}}';
    const data = { user: { name: '<b>' }, items: ['&', 'ß'], author: 'me' };
    expect(await plugin.call('render', { template, data })).toBe('Hi &lt;b&gt;! 0:& 1:ß -- ME');
    expect(await plugin.call('render', { template, data: {} })).toBe('Hi ! none -- ');
    expect(await plugin.call('check', { template })).toEqual({
      names: ['.', '@index', 'items', 'user.name'],
      partials: ['sign'],
    });
    const error = await failure(() => plugin.call('check', { template: 'a\n{{/if}}' }), 'GUEST_ERROR');
    expect(error.details).toMatchObject({ code: 'TEMPLATE', details: { line: 2, column: 1 } });
    expect(await plugin.call('render', { template: '{{constructor}}{{__proto__}}', data: {} })).toBe('');
    expect(await plugin.call('repeat', { template: '{{.}}', items: [1, 2, 3], separator: ',' })).toBe('1,2,3');
    const broken = { partials: { bad: '{{#if x}}' } };
    await failure(() => engine.load(new Uint8Array(WASM), { id: 'b', config: broken }), 'GUEST_ERROR');
    expect(entries.some(({ message }) => message === '1 partials')).toBe(true);
  });

  test('fuel, memory, deadline: each ends it, and the next call is answered', async () => {
    await using engine = await createEngine({ executor });
    const plugin = await engine.load(new Uint8Array(WASM), { config: { partials: { a: '{{> a}}' } } });
    const items = Array.from({ length: 20_000 }, (_, i) => i);
    const call = (limits: object): Promise<unknown> =>
      plugin.invoke('repeat', { template: '{{.}}{{.}}', items }, { limits });
    await failure(() => call({ fuel: 1_000_000 }), 'OUT_OF_FUEL');
    await failure(() => call({ fuel: '64G', timeoutMs: 5 }), 'DEADLINE_EXCEEDED');
    // The plugin's own limit, not ours.
    const error = await failure(() => plugin.call('render', { template: '{{> a}}' }), 'GUEST_ERROR');
    expect(error.details).toMatchObject({ code: 'TEMPLATE' });
    expect(await plugin.call('render', { template: 'on' })).toBe('on');
  });
});

test('the same call uses the same fuel in every executor and every time', async () => {
  const bills = new Set<number>();
  for (const executor of [...EXECUTORS, ...EXECUTORS]) {
    await using engine = await createEngine({ executor });
    const plugin = await engine.load(new Uint8Array(WASM));
    const { usage } = await plugin.invoke('render', { template: 'Hi {{name}}', data: { name: 'you' } });
    bills.add(usage.fuel.used);
  }
  expect(bills.size).toBe(1);
});

test('a memory limit is kept: the program gets an error or traps, and the host does not', async () => {
  await using engine = await createEngine({ limits: { memory: '2MiB' } });
  const plugin = await engine.load(new Uint8Array(WASM));
  const items = Array.from({ length: 60_000 }, () => 'x'.repeat(10));
  await expect(plugin.call('repeat', { template: '{{.}}'.repeat(30), items })).rejects.toMatchObject({
    name: 'RingfenceError',
  });
  expect(plugin.memory().linear).toBeLessThanOrEqual(2 * 1024 * 1024);
});

test('state goes from one instance to the next', async () => {
  await using engine = await createEngine();
  const plugin = await engine.load(new Uint8Array(WASM));
  await plugin.call('render', { template: 'a' });
  expect(await plugin.call('statistics')).toMatchObject({ rendered: 1 });
});
