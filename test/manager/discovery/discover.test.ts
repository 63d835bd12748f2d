/** Discovery: what is found, and what is a finding. Whatever lies in a directory, discovery goes on. */
import { execFileSync } from 'node:child_process';
import { chmodSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createEngine } from '../../../engine/index.ts';
import { type DiscoverOptions, type Discovery, discover } from '../../../engine/manager/discovery/discover.ts';
import { extismGuest } from '../../support/foreign-guests.ts';
import { compilePlugin, compileWat, ECHO, manifestOf } from '../../support/wat.ts';
import { worldComponent } from '../../support/world-component.ts';
import { filesIn } from '../support/files.ts';

const plugin = (name: string, version = '1.0.0'): Uint8Array =>
  compilePlugin({ name, version, functions: { echo: ECHO } });
const bare = compilePlugin({ name: 'bare', functions: { echo: ECHO }, manifest: undefined });
const manifest = (more: object = {}): string =>
  JSON.stringify({ ...manifestOf({ name: 'bare', functions: { echo: ECHO } }), ...more });

const look = (directory: string, entries: readonly string[], more: Partial<DiscoverOptions> = {}): Promise<Discovery> =>
  discover({ directories: entries.map((entry) => join(directory, entry)), packages: false, directory, ...more });

const kinds = ({ findings }: Discovery): string[] => findings.map(({ kind }) => kind);
const files = (directory: string, { plugins }: Discovery): Record<string, string> =>
  Object.fromEntries(plugins.map(({ id, file }) => [id, file.slice(directory.length + 1)]));

describe('plugins are found', () => {
  test('in a directory: modules, and folders with a build in them', async () => {
    const at = filesIn({
      'plugins/a.wasm': plugin('a'),
      'plugins/b/plugin.json': JSON.stringify({ name: 'b', version: '1.0.0' }),
      'plugins/b/build/b.wasm': plugin('b'),
      'plugins/b/build/older.wasm': plugin('b', '0.9.0'),
      'plugins/c/c.wasm': plugin('c'),
      'plugins/.hidden/d.wasm': plugin('d'),
      'plugins/node_modules/e/e.wasm': plugin('e'),
      'plugins/readme/notes.txt': 'nothing',
      'plugins/notes.txt': 'nothing',
    });
    const found = await look(at, ['plugins']);
    expect(files(at, found)).toEqual({ a: 'plugins/a.wasm', b: 'plugins/b/build/b.wasm', c: 'plugins/c/c.wasm' });
    expect(found.findings).toEqual([]);
  });

  test('by a pattern, and by the path of a module or folder', async () => {
    const at = filesIn({
      'x/one/build/a.wasm': plugin('a'),
      'x/two/build/b.wasm': plugin('b'),
      'y/c.wasm': plugin('c'),
    });
    const found = await look(at, ['x/*/build/*.wasm', 'y/c.wasm']);
    expect(files(at, found)).toEqual({ a: 'x/one/build/a.wasm', b: 'x/two/build/b.wasm', c: 'y/c.wasm' });
    expect(found.findings).toEqual([]);
  });

  test('in a directory whose name looks like a pattern', async () => {
    const at = filesIn({ '[old]/a.wasm': plugin('a') });
    expect(files(at, await look(at, ['[old]']))).toEqual({ a: '[old]/a.wasm' });
  });

  test('with the manifest beside the module, or above it', async () => {
    const at = filesIn({ 'x/bare.wasm': bare, 'x/plugin.json': manifest() });
    expect((await look(at, ['x'])).plugins.map(({ id, given }) => [id, given])).toEqual([['bare', undefined]]);
    const above = filesIn({ 'x/build/bare.wasm': bare, 'x/plugin.json': manifest() });
    const [found] = (await look(above, ['x'])).plugins;
    await using engine = await createEngine();
    const loaded = await engine.load(found?.file as string, { manifest: found?.given });
    expect(await loaded.call('echo', 'hi')).toBe('hi');
  });

  test('once, whatever leads to them', async () => {
    const at = filesIn({ 'real/a.wasm': plugin('a') });
    symlinkSync('a.wasm', join(at, 'real/b.wasm'));
    symlinkSync('real', join(at, 'linked'));
    const found = await look(at, ['real', 'linked', 'real/*.wasm']);
    expect(files(at, found)).toEqual({ a: 'real/a.wasm' });
    expect(found.findings).toEqual([]);
  });

  test('with the best build that this platform can run', async () => {
    const variants = [
      { file: 'build/future.wasm', node: '>=900' },
      { file: 'build/gone.wasm' },
      { file: 'build/bare.wasm' },
    ];
    const at = filesIn({
      'x/plugin.json': manifest({ variants }),
      'x/build/bare.wasm': bare,
      'x/build/future.wasm': bare,
    });
    const found = await look(at, ['x']);
    expect(files(at, found)).toEqual({ bare: 'x/build/bare.wasm' });
    expect(found.plugins[0]?.choice?.verdicts.map(({ isChosen }) => isChosen)).toEqual([false, false, true]);
  });

  test('beside a plugin.json that names builds, which the module need not', async () => {
    const whole = manifestOf({ name: 'a', functions: { echo: ECHO } });
    const json = JSON.stringify({ ...whole, variants: [{ file: 'a.wasm' }] });
    const at = filesIn({ 'x/a.wasm': plugin('a'), 'x/plugin.json': json });
    const [found] = (await look(at, ['x'])).plugins;
    await using engine = await createEngine();
    expect(await (await engine.load(found?.file as string)).call('echo', 'hi')).toBe('hi');
  });
});

test('plugins of other contracts are found, under the names of their files where they have no manifest', async () => {
  const at = filesIn({
    'x/Vowel Count.wasm': extismGuest({ functions: { count: '(i32.const 0)' } }),
    'x/world.wasm': worldComponent(),
  });
  const found = await look(at, ['x']);
  expect(found.findings).toEqual([]);
  expect(found.plugins.map(({ file }) => file.slice(at.length + 3))).toEqual(['Vowel Count.wasm', 'world.wasm']);
  await using engine = await createEngine();
  for (const { id, file } of found.plugins) expect((await engine.load(file)).id).toBe(id);
});

describe('packages of npm', () => {
  const at = filesIn({
    'app/node_modules/words/package.json': JSON.stringify({ name: 'words', ringfence: 'dist/words.wasm' }),
    'app/node_modules/words/dist/words.wasm': plugin('words'),
    'app/node_modules/@acme/filter/package.json': JSON.stringify({ ringfence: { plugin: './plugin' } }),
    'app/node_modules/@acme/filter/plugin/filter.wasm': plugin('filter'),
    'app/node_modules/left-pad/package.json': '{}',
    'app/node_modules/broken/package.json': '{',
    'app/node_modules/escape/package.json': JSON.stringify({ ringfence: '../../../outside.wasm' }),
    'outside.wasm': plugin('outside'),
    'node_modules/above/package.json': JSON.stringify({ ringfence: 'a.wasm' }),
    'node_modules/above/a.wasm': plugin('above'),
    'node_modules/words/package.json': JSON.stringify({ ringfence: 'w.wasm' }),
    'node_modules/words/w.wasm': plugin('words', '0.1.0'),
  });
  const options = (packages: boolean | readonly string[]): DiscoverOptions => ({
    directories: [],
    packages,
    directory: join(at, 'app'),
  });

  test('with the field `ringfence` are found, the nearest first', async () => {
    const found = await discover(options(true));
    expect(files(at, found)).toEqual({
      filter: 'app/node_modules/@acme/filter/plugin/filter.wasm',
      words: 'app/node_modules/words/dist/words.wasm',
      above: 'node_modules/above/a.wasm',
    });
    expect(found.findings.map(({ kind, message }) => [kind, message.includes('outside of the package')])).toEqual([
      ['not-a-plugin', true],
    ]);
  });

  test('by name, and those that have no plugin are findings', async () => {
    const found = await discover(options(['words', 'left-pad', 'broken', 'nowhere']));
    expect(files(at, found)).toEqual({ words: 'app/node_modules/words/dist/words.wasm' });
    for (const name of ['left-pad', 'broken', 'nowhere']) {
      expect(found.findings.some(({ message }) => message.includes(name))).toBe(true);
    }
  });

  test('cannot lead out of themselves by a link', async () => {
    const linked = filesIn({
      'node_modules/a/package.json': JSON.stringify({ ringfence: 'a.wasm' }),
      'secret.wasm': plugin('a'),
    });
    symlinkSync('../../secret.wasm', join(linked, 'node_modules/a/a.wasm'));
    const found = await discover({ directories: [], packages: true, directory: linked });
    expect(found.plugins).toEqual([]);
    expect(kinds(found)).toEqual(['not-a-plugin']);
  });
});

describe('a finding, and no crash', () => {
  test('two plugins of one id: names both, and takes the first', async () => {
    const at = filesIn({ 'one/a.wasm': plugin('same', '1.0.0'), 'two/b.wasm': plugin('same', '2.0.0') });
    const found = await look(at, ['two', 'one']);
    expect(files(at, found)).toEqual({ same: 'two/b.wasm' });
    const [finding] = found.findings;
    expect(finding).toMatchObject({ kind: 'duplicate-id', plugin: 'same' });
    expect(finding?.message).toContain(join(at, 'one/a.wasm'));
    expect(finding?.message).toContain(join(at, 'two/b.wasm'));
  });

  test.each([
    ['text that calls itself a module', { 'x/a.wasm': 'not wasm' }, 'not-a-plugin'],
    ['an empty file', { 'x/a.wasm': '' }, 'not-a-plugin'],
    ['a module cut in half', { 'x/a.wasm': plugin('a').slice(0, 40) }, 'not-a-plugin'],
    ['a module that is no plugin', { 'x/a.wasm': compileWat('(module)') }, 'not-a-plugin'],
    ['a manifest that is no JSON', { 'x/a.wasm': plugin('a'), 'x/plugin.json': '{' }, 'not-a-plugin'],
    ['a folder without a build', { 'x/plugin.json': manifest() }, 'not-a-plugin'],
    [
      'a manifest with builds that are not there',
      { 'x/plugin.json': manifest({ variants: [{ file: 'n.wasm' }] }) },
      'no-variant',
    ],
    ['an empty directory', { 'x/notes.txt': '' }, 'nothing-found'],
    ['another kind of file', { x: 'text' }, 'not-a-plugin'],
    ['nothing there', {}, 'unreadable'],
  ])('%s', async (_, contents, kind) => {
    const at = filesIn({ ...contents, 'good/good.wasm': plugin('good') });
    const found = await look(at, ['x', 'good']);
    expect(kinds(found)).toEqual([kind]);
    expect(found.findings[0]?.message).toContain(join(at, 'x'));
    expect(files(at, found)).toEqual({ good: 'good/good.wasm' });
  });

  test('several modules in a folder with a manifest that names none of them', async () => {
    const at = filesIn({ 'x/plugin.json': manifest(), 'x/a.wasm': plugin('a'), 'x/b.wasm': plugin('b') });
    const found = await look(at, ['x']);
    expect(kinds(found)).toEqual(['not-a-plugin']);
    expect(found.findings[0]?.message).toContain('a.wasm, b.wasm');
  });

  test('a module over the limit', async () => {
    const at = filesIn({ 'x/a.wasm': plugin('a') });
    const found = await look(at, ['x'], { maxBytes: 100 });
    expect(found.findings[0]?.message).toContain('wasmBytes');
  });

  test('links that lead nowhere or in a circle, a directory called .wasm, a pipe', async () => {
    const at = filesIn({ 'x/dir.wasm/notes.txt': '', 'x/good.wasm': plugin('good') });
    symlinkSync('nowhere', join(at, 'x/broken.wasm'));
    symlinkSync('circle.wasm', join(at, 'x/circle.wasm'));
    symlinkSync('..', join(at, 'x/up'));
    execFileSync('mkfifo', [join(at, 'x/pipe.wasm')]);
    const found = await look(at, ['x']);
    expect(files(at, found)).toEqual({ good: 'x/good.wasm' });
    const paths = found.findings.flatMap((finding) => finding.paths.map((path) => path.slice(at.length + 3)));
    expect(paths.sort()).toEqual(['broken.wasm', 'circle.wasm', 'dir.wasm', 'pipe.wasm']);
  });

  test.skipIf(process.getuid?.() === 0)('a directory and a file that may not be read', async () => {
    const at = filesIn({ 'x/a.wasm': plugin('a'), 'x/sub/b.wasm': plugin('b'), 'x/good.wasm': plugin('good') });
    chmodSync(join(at, 'x/a.wasm'), 0);
    chmodSync(join(at, 'x/sub'), 0);
    const found = await look(at, ['x']);
    chmodSync(join(at, 'x/sub'), 0o755);
    expect(files(at, found)).toEqual({ good: 'x/good.wasm' });
    expect(kinds(found)).toEqual(['unreadable', 'unreadable']);
  });

  test('a build that a link leads out of its folder', async () => {
    const at = filesIn({ 'x/plugin.json': manifest({ variants: [{ file: 'n.wasm' }] }), 'outside.wasm': bare });
    symlinkSync('../outside.wasm', join(at, 'x/n.wasm'));
    const found = await look(at, ['x']);
    expect(found.plugins).toEqual([]);
    expect(found.findings[0]?.message).toContain('leads out of the folder');
  });
});
