/** `ringfence build` of JavaScript. Building takes an optional peer; without it these tests are skipped, and say so. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { buildPlugin } from '../../engine/build/index.ts';
import { createEngine } from '../../engine/index.ts';
import { failure } from '../support/errors.ts';

const isInstalled = existsSync(new URL('../../node_modules/componentize-qjs/package.json', import.meta.url));
if (!isInstalled) console.warn('componentize-qjs is not installed: builds of JavaScript plugins are not tested');

const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});
function sources(files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), 'ringfence-script-'));
  dirs.push(dir);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
  return dir;
}

test.skipIf(isInstalled)('without the optional peer the message says what to install', async () => {
  const error = await failure(
    () => buildPlugin({ source: sources({ 'plugin.js': 'export function f() {}' }), outDir: false }),
    'BUILD_FAILED',
  );
  expect(error.message).toContain('npm install --save-dev --save-exact componentize-qjs@');
});

describe.skipIf(!isInstalled)('with componentize-qjs', () => {
  test('functions, hooks, other files and the manifest', async () => {
    const dir = sources({
      'plugin.json': JSON.stringify({
        name: 'shop',
        version: '2.0.0',
        functions: { total: { description: 'The sum.' } },
        config: { type: 'object', properties: { tax: { type: 'number', default: 2 } } },
      }),
      'src/plugin.js': `import { sum } from './lib/sum.js';
        let tax = 1;
        export function onInit(config) { tax = config.tax; }
        export const total = (items) => sum(items) * tax;
        export function nothing() {}
        export default class {}`,
      'src/lib/sum.js': 'export const sum = (items) => items.reduce((a, b) => a + b, 0);',
      'node_modules/big/index.js': 'export {};',
    });
    const { wasm, manifest, warnings, file } = await buildPlugin({ source: join(dir, 'src/plugin.js') });
    expect(manifest).toMatchObject({
      name: 'shop',
      version: '2.0.0',
      functions: { total: { description: 'The sum.' }, nothing: {} },
    });
    expect(warnings).toEqual([]);
    expect(file).toBe(join(dir, 'build/shop.wasm'));
    await using engine = await createEngine();
    const plugin = await engine.load(wasm);
    expect(await plugin.call('total', [1, 2, 3])).toBe(12);
    expect(await plugin.call('nothing')).toBeUndefined();
  });

  test('errors keep code, message and details; asynchronous functions are refused', async () => {
    const dir = sources({
      'plugin.js': `export function coded() { throw new ringfence.PluginError('FULL', 'no room', { left: 0 }); }
        export function plain() { throw new RangeError('too far'); }
        export function text() { throw 'just text'; }
        export async function later() {}
        export function missing() { return ringfence.kv.get('a'); }`,
    });
    const { wasm } = await buildPlugin({ source: dir, outDir: false });
    await using engine = await createEngine();
    const plugin = await engine.load(wasm);
    const details = async (name: string): Promise<unknown> =>
      (await failure(() => plugin.call(name), 'GUEST_ERROR')).details;
    expect(await details('coded')).toMatchObject({ code: 'FULL', message: 'no room', details: { left: 0 } });
    expect(await details('plain')).toMatchObject({ code: 'RangeError', message: 'too far' });
    expect(await details('text')).toMatchObject({ code: 'ERROR', message: 'just text' });
    expect(await details('later')).toMatchObject({
      code: 'TypeError',
      message: expect.stringContaining('asynchronous'),
    });
    // What the manifest does not ask for is there, and refuses.
    expect(await details('missing')).toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  test('sources that do not compile are a typed error', async () => {
    const error = await failure(
      () => buildPlugin({ source: sources({ 'plugin.js': 'export function f( {' }), outDir: false }),
      'BUILD_FAILED',
    );
    expect(error.message).toMatch(/plugin\.js/);
  });

  test('a function of the manifest that is not exported is named', async () => {
    const dir = sources({
      'plugin.json': '{ "name": "a", "version": "1.0.0", "functions": { "gone": {} } }',
      'plugin.js': 'export function here() {}',
    });
    const error = await failure(() => buildPlugin({ source: dir, outDir: false }), 'BUILD_FAILED');
    expect(error.message).toContain('function "gone" is not exported by the plugin\'s main file (exported: here)');
  });
});
