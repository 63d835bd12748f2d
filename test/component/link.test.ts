/** Linking: a component becomes a core module of guest ABI v1, and works as one. */
import { expect, test } from 'vitest';
import { linkComponent } from '../../engine/component/link-component.ts';
import { createEngine } from '../../engine/index.ts';
import { EXECUTORS } from '../../engine/options.ts';
import { failure } from '../support/errors.ts';
import { worldComponent } from '../support/world-component.ts';

test('the linked module is one that V8 takes, with the functions of the guest ABI', () => {
  const linked = linkComponent(worldComponent()).bytes;
  expect(WebAssembly.validate(linked)).toBe(true);
  const names = WebAssembly.Module.exports(new WebAssembly.Module(linked)).map(({ name }) => name);
  expect(names).toContain('ringfence_dispatch');
  expect(names).toContain('plugin_get_info');
});

test('the same component links to the same bytes', () => {
  expect(linkComponent(worldComponent()).bytes).toEqual(linkComponent(worldComponent()).bytes);
});

test.each(EXECUTORS)('a component is loaded and called by the executor %s', async (executor) => {
  await using engine = await createEngine({ executor });
  const plugin = await engine.load(worldComponent());
  expect(await plugin.call('echo', { text: 'hello, 漢字' })).toEqual({ text: 'hello, 漢字' });
  expect(await plugin.call('echo', '')).toBe('');
  const error = await failure(
    () => plugin.call('fail', { code: 'FULL', message: 'no room', details: [1] }),
    'GUEST_ERROR',
  );
  expect(error.details).toMatchObject({ code: 'FULL', message: 'no room', details: [1] });
  expect(await plugin.callBytes('name', new Uint8Array())).toEqual(new TextEncoder().encode('name'));
  // What the component returned was given back to it each time.
  expect(await plugin.call('posts')).toBeGreaterThan(3);
});
