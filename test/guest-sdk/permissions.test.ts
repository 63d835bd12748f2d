/** `permissions` of the SDK: a plugin that does without what it was not granted. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEngine, type Engine, type Plugin } from '../../engine/index.ts';
import { fixture } from './support/drivers.ts';

let engine: Engine;
let plugin: Plugin;

beforeAll(async () => {
  engine = await createEngine();
  plugin = await engine.load(await fixture('granted'));
});
afterAll(() => engine.close());

test('what is missing can be done without', async () => {
  expect(await plugin.call('granted', 'random')).toBe(false);
  expect(await plugin.call('granted', 'no such thing')).toBe(false);
  expect(await plugin.call('die')).toBe(4);
});

test('a request without the permission says which line to add', async () => {
  expect(await plugin.call('better')).toBe(
    'PERMISSION_DENIED: The plugin was not granted http https://dice.example.com (GET, HEAD). Add to its grants: "http": ["https://dice.example.com"]',
  );
});

test('once it is granted, it is used', async () => {
  await plugin.grant({ random: true });
  expect(await plugin.call('granted', 'random')).toBe(true);
  for (let i = 0; i < 5; i++) expect([1, 2, 3, 4, 5, 6]).toContain(await plugin.call('die'));
});
