/** The example of the README is built and run as it stands there. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { HOOKS } from '../../engine/build/hooks.ts';
import { buildPlugin } from '../../engine/build/index.ts';
import { pluginDir } from '../build/support/plugin-dir.ts';
import { type GuestError, MiniHost } from '../support/mini-host.ts';

const readme = readFileSync(new URL('../../guest-sdk/README.md', import.meta.url), 'utf8');
const block = (language: string): string => new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'ms').exec(readme)![1]!;

test('the whole plugin', async () => {
  using dir = pluginDir({ 'plugin.json': block('json'), 'assembly/index.ts': block('ts') });
  const { wasm, warnings, manifest } = await buildPlugin({ source: dir.path, outDir: false });
  expect(warnings).toEqual([]);
  expect(manifest.functions).toMatchObject({
    convert: { description: 'Converts an amount from one currency to another.' },
    currencies: {},
  });
  const plugin = new MiniHost(wasm, {
    config: { rates: 'https://rates.example.com' },
    http: ({ url }) => (url.endsWith('/USD') ? { body: '{"EUR":0.92,"JPY":151.2}' } : { status: 404 }),
  });
  expect(plugin.call('convert', { amount: 10, from: 'USD' })).toBe(9.2);
  expect(plugin.call('convert', { amount: 1.005, from: 'USD', to: 'JPY' })).toBe(151.96);
  expect(plugin.call('currencies', 'USD')).toEqual(['EUR', 'JPY']);
  const code = (input: unknown): string => {
    try {
      plugin.call('convert', input);
    } catch (error) {
      return (error as GuestError).code;
    }
    return '';
  };
  expect(code({ amount: -1, from: 'USD' })).toBe('NEGATIVE_AMOUNT');
  expect(code({ amount: 10, form: 'USD' })).toBe('INVALID_ARGUMENT');
  expect(code({ amount: 10, from: 'USD', to: 'XYZ' })).toBe('UNKNOWN_CURRENCY');
  expect(code({ amount: 10, from: 'X/Y' })).toBe('NO_RATES');
});

test('every hook is in the table', () => {
  for (const hook of Object.keys(HOOKS)) expect(readme).toContain(`${hook}(`);
});
