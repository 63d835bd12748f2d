/** What a build makes: module, manifest section, source map, files. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildPlugin } from '../../engine/build/index.ts';
import { createEngine } from '../../engine/index.ts';
import { findCustomSection } from '../../engine/wasm/custom-sections.ts';
import { MiniHost } from '../support/mini-host.ts';
import { pluginDir, pluginWith } from './support/plugin-dir.ts';

const HELLO = `
/** Greets somebody. */
export function greet(name: string): string { return "Hello, " + name; }
`;
const LIFECYCLE = ['plugin_get_info', 'plugin_init', 'plugin_start', 'plugin_stop', 'plugin_cleanup'];

test('a plugin outside of any npm project builds, and its files are written', async () => {
  using dir = pluginWith(HELLO);
  const { wasm, sourceMap, file, warnings, manifest } = await buildPlugin({ source: dir.path });
  expect(file).toBe(join(dir.path, 'build', 'tried.wasm'));
  expect(readFileSync(file!)).toEqual(Buffer.from(wasm));
  expect(readFileSync(`${file}.map`, 'utf8')).toBe(sourceMap);
  expect(warnings).toEqual([]);
  const section = findCustomSection(wasm, 'ringfence.manifest');
  expect(JSON.parse(new TextDecoder().decode(section))).toEqual(JSON.parse(JSON.stringify(manifest)));
  expect(new TextDecoder().decode(findCustomSection(wasm, 'sourceMappingURL'))).toContain('./tried.wasm.map');
  await using engine = await createEngine();
  expect(await (await engine.load(file!)).call('greet', 'Zoë')).toBe('Hello, Zoë');
});

test('the module exports the ABI and the functions, and imports only what it uses', async () => {
  using dir = pluginWith(HELLO);
  const { wasm } = await buildPlugin({ source: dir.path, outDir: false });
  const module = new WebAssembly.Module(wasm);
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  expect(names.sort()).toEqual([...LIFECYCLE, 'plugin_greet', 'malloc', 'free', 'memory', 'ringfence_abi_v1'].sort());
  expect(
    WebAssembly.Module.imports(module)
      .map(({ module: from, name }) => `${from}.${name}`)
      .sort(),
  ).toEqual(['env.abort', 'env.error_set']);
});

test('with `outDir: false` nothing is written', async () => {
  using dir = pluginWith(HELLO);
  const { file } = await buildPlugin({ source: dir.path, outDir: false });
  expect(file).toBeUndefined();
  expect(readdirSync(dir.path).sort()).toEqual(['assembly', 'plugin.json']);
});

test('a scoped name is a path', async () => {
  using dir = pluginWith(HELLO, { name: '@acme/hello', version: '1.0.0' });
  const { file, wasm } = await buildPlugin({ source: dir.path, outDir: join(dir.path, 'out') });
  expect(file).toBe(join(dir.path, 'out', '@acme', 'hello.wasm'));
  expect(existsSync(`${file}.map`)).toBe(true);
  expect(new TextDecoder().decode(findCustomSection(wasm, 'sourceMappingURL'))).toContain('./hello.wasm.map');
});

test.each([
  ['hello.ts', 'hello'],
  ['src/hello.ts', 'hello'],
])('a single file %s is a plugin, with a warning that it has no manifest', async (path, name) => {
  using dir = pluginDir({ 'plugin.json': undefined, [path]: HELLO });
  const { manifest, warnings } = await buildPlugin({ source: join(dir.path, path), outDir: false });
  expect(manifest).toMatchObject({ name, version: '0.0.0', functions: { greet: {} } });
  expect(warnings).toEqual([
    { severity: 'warning', file: 'plugin.json', message: expect.stringContaining('there is no plugin.json') },
  ]);
});

test('the main file of a directory may be named as well', async () => {
  using dir = pluginWith(HELLO);
  const { manifest } = await buildPlugin({ source: join(dir.path, 'assembly/index.ts'), outDir: false });
  expect(manifest).toMatchObject({ name: 'tried', version: '1.2.3' });
});

test('packages are found as Node finds them, and may have imports of their own', async () => {
  using dir = pluginDir({
    'assembly/index.ts':
      'import { a } from "some-package";\nimport { c } from "@acme/other/deep";\nexport function f(): i32 { return a() + c(); }',
    'node_modules/some-package/index.ts': 'import { b } from "./inner/b";\nexport function a(): i32 { return b(); }',
    'node_modules/some-package/inner/b.ts': 'export function b(): i32 { return 40; }',
    'node_modules/@acme/other/deep.ts': 'export function c(): i32 { return 2; }',
  });
  const { wasm } = await buildPlugin({ source: dir.path, outDir: false });
  expect(new MiniHost(wasm).call('f')).toBe(42);
});

test('the same sources give the same bytes', async () => {
  using dir = pluginWith(HELLO);
  const [first, second] = await Promise.all([1, 2].map(() => buildPlugin({ source: dir.path, outDir: false })));
  expect(first!.wasm).toEqual(second!.wasm);
  expect(first!.sourceMap).toBe(second!.sourceMap);
});

test('names of functions are in debug builds only; both run alike', async () => {
  using dir = pluginWith(HELLO);
  const release = await buildPlugin({ source: dir.path, outDir: false });
  const debug = await buildPlugin({ source: dir.path, outDir: false, release: false });
  expect(findCustomSection(release.wasm, 'name')).toBeUndefined();
  expect(findCustomSection(debug.wasm, 'name')).toBeDefined();
  expect(release.wasm.length).toBeLessThan(debug.wasm.length);
  for (const { wasm } of [release, debug]) expect(new MiniHost(wasm).call('greet', 'é')).toBe('Hello, é');
});

test('the source map leads from a trap to the line of the author', async () => {
  using dir = pluginWith('export function pick(at: i32): i32 {\n  const list = [1, 2, 3];\n  return list[at];\n}\n');
  const { wasm, sourceMap } = await buildPlugin({ source: dir.path, outDir: false, release: false });
  const host = new MiniHost(wasm);
  const map = new SourceMap(JSON.parse(sourceMap));
  let stack = '';
  try {
    host.call('pick', 7);
  } catch (error) {
    stack = (error as Error).stack ?? '';
  }
  const places = [...stack.matchAll(/wasm-function\[\d+\]:0x([0-9a-f]+)/g)].map(([, offset]) => {
    const { originalSource, originalLine } = map.findEntry(0, Number.parseInt(offset!, 16)) as {
      originalSource?: string;
      originalLine?: number;
    };
    return `${originalSource}:${(originalLine ?? -1) + 1}`;
  });
  expect(places).toContain('assembly/index.ts:3');
});

test('the sources are inside the map, the generated file too', async () => {
  using dir = pluginWith(HELLO);
  const { sourceMap } = await buildPlugin({ source: dir.path, outDir: false });
  const { sources, sourcesContent } = JSON.parse(sourceMap) as { sources: string[]; sourcesContent: (string | null)[] };
  expect(sourcesContent[sources.indexOf('assembly/index.ts')]).toBe(HELLO);
  expect(sourcesContent).not.toContain(null);
});

test('`asc` itself builds the same plugin with our transform', async () => {
  using dir = pluginWith(HELLO);
  const repository = new URL('../..', import.meta.url).pathname;
  const out = join(dir.path, 'out.wasm');
  const asc = join(repository, 'node_modules/assemblyscript/bin/asc.js');
  const args = [
    join(dir.path, 'assembly/index.ts'),
    '--target',
    'plugin',
    '--transform',
    './engine/build/asc-transform.ts',
    '-o',
    out,
  ];
  execFileSync(process.execPath, [asc, ...args], { cwd: repository, stdio: 'pipe' });
  const wasm = Uint8Array.from(readFileSync(out));
  expect(findCustomSection(wasm, 'ringfence.manifest')).toBeDefined();
  await using engine = await createEngine();
  expect(await (await engine.load(wasm)).call('greet', 'Zoë')).toBe('Hello, Zoë');
});
