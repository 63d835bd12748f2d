/** What an author hears about sources that cannot become a plugin: file, line, column, what was expected and what came. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildPlugin, type Diagnostic, formatDiagnostic } from '../../engine/build/index.ts';
import { isRingfenceError, type RingfenceError } from '../../engine/index.ts';
import { type PluginDir, pluginDir, pluginWith } from './support/plugin-dir.ts';

async function refusal(dir: PluginDir): Promise<{ error: RingfenceError; errors: string[] }> {
  try {
    await buildPlugin({ source: dir.path, outDir: false });
  } catch (error) {
    if (!isRingfenceError(error, 'BUILD_FAILED')) throw error;
    const diagnostics = error.details.diagnostics as Diagnostic[];
    return { error, errors: diagnostics.filter(({ severity }) => severity === 'error').map(formatDiagnostic) };
  }
  throw new Error('expected the build to fail');
}

const MAIN = 'assembly/index.ts';

test.each<readonly [what: string, source: string, expected: string | RegExp]>([
  [
    'a parameter that JSON cannot carry',
    'export function f(a: Map<string, i32>): void {}',
    `${MAIN}:1:22: error: parameter \`a\`: expected string, bool, f64, f32, an integer type, Json, an array of those, or Uint8Array, got \`Map<string, i32>\``,
  ],
  [
    'a result that JSON cannot carry',
    'class P {}\nexport function f(): P {\n  return new P();\n}',
    /^assembly\/index\.ts:2:22: error: the result of `f`: expected .*, got `P`$/,
  ],
  [
    "a type of the author's called Json",
    'class Json {}\nexport function f(a: Json): void {}',
    /^assembly\/index\.ts:2:22: error: parameter `a`: expected .*, got `Json`$/,
  ],
  [
    'Json that is not imported',
    'export function f(a: Json[]): void {}',
    /^assembly\/index\.ts:1:22: error: parameter `a`: expected .*, got `Json\[\]`\. Is it imported from "ringfence-guest"\?$/,
  ],
  [
    'bytes beside other parameters',
    'export function f(a: Uint8Array, b: i32): void {}',
    /:1:19: error: `a`: a Uint8Array is the whole input, so it has to be the only parameter/,
  ],
  ['an array of bytes', 'export function f(a: Uint8Array[]): void {}', /:1:22: error: parameter `a`: expected/],
  [
    'a rest parameter',
    'export function f(...a: i32[]): void {}',
    /:1:19: error: `a`: a plugin function has no rest parameter; take an array/,
  ],
  ['a generic function', 'export function f<T>(a: T): T { return a; }', /:1:17: error: `f` is generic/],
  [
    'a default that is computed',
    'export function f(a: i32 = 1 + 1): void {}',
    /:1:28: error: `a`: expected its default to be a literal, got `1 \+ 1`/,
  ],
  [
    'a function that JavaScript knows on every object',
    'export function toString(): string { return ""; }',
    /:1:17: error: `toString` cannot be a plugin function: this name is not allowed/,
  ],
  [
    'a function that the ABI has itself',
    'export function init(): void {}',
    /:1:17: error: `init` cannot be a plugin function: plugin_init is part of the plugin's life cycle/,
  ],
  [
    'a misspelt hook',
    'export function onInitt(): void {}',
    /:1:17: error: there is no hook `onInitt`; there are onInit, onStart/,
  ],
  [
    'a hook with another signature',
    'export function onStart(now: f64): void {}',
    /:1:17: error: the hook `onStart` is declared as `onStart\(\): void`/,
  ],
  [
    'a hook that returns something else',
    'export function onHealth(): string { return ""; }',
    /declared as `onHealth\(\): bool`/,
  ],
  [
    'a function in a variable',
    'export const f = (a: i32): i32 => a;',
    /:1:14: error: `f` is a variable: write `export function f\(…\)`/,
  ],
  ['a default export', 'export default function f(): void {}', /:1:1: error: a plugin has no default export/],
  ['a syntax error', 'export function f(: void {}', /:1:18: error TS1003: Identifier expected/],
  ['a missing type', 'export function f(a): void {}', /:1:20: error: parameter `a` has no type: expected string, bool/],
  [
    'a type error',
    'export function f(): i32 {\n  return "text";\n}',
    `${MAIN}:2:10: error TS2322: Type '~lib/string/String' is not assignable to type 'i32'.`,
  ],
  [
    'an unknown name',
    'export function f(): i32 { return nowhere; }',
    /:1:35: error TS2304: Cannot find name 'nowhere'/,
  ],
  [
    'an import that is not there',
    'import { x } from "./absent";\nexport function f(): i32 { return x; }',
    /error TS6054: File 'assembly\/absent\.ts' not found/,
  ],
  [
    'a package that is not there',
    'import { x } from "absent-package";\nexport function f(): i32 { return x; }',
    /File '~lib\/absent-package\.ts' not found/,
  ],
  [
    'fail with a type that has no empty value',
    'import { fail } from "ringfence-guest";\nclass P {}\nfunction g(): P { return fail<P>("A", "b"); }\nexport function f(): void { g(); }',
    /fail<T> has no empty value of this type: write fail<T \| null>/,
  ],
])('%s', async (_, source, expected) => {
  using dir = pluginWith(source);
  const { errors, error } = await refusal(dir);
  expect(errors[0]).toMatch(expected);
  expect(error.message).toContain(errors[0]);
});

test('every function that cannot be called is named at once', async () => {
  using dir = pluginWith(
    'export function a(x: Set<i32>): void {}\nexport function b(y: u64[][], z: Date): Date { return z; }',
  );
  const { errors, error } = await refusal(dir);
  expect(errors.map((line) => line.split(': ')[0])).toEqual([`${MAIN}:1:22`, `${MAIN}:2:41`, `${MAIN}:2:34`]);
  expect(error.message).toMatch(/\(and 2 more\)$/);
});

test('a mistake in another file is reported there', async () => {
  using dir = pluginDir({
    'assembly/index.ts': 'export { f } from "./deep/other";',
    'assembly/deep/other.ts': '\n\nexport function f(a: Date): void {}',
  });
  expect((await refusal(dir)).errors[0]).toMatch(/^assembly\/deep\/other\.ts:3:22: error: parameter `a`/);
});

test('a bug of the compiler is an error of the build, and does not end the process', async () => {
  using dir = pluginWith('export * from "./index";');
  expect((await refusal(dir)).errors.at(-1)).toMatch(
    /^error: the AssemblyScript compiler failed while resolving names: /,
  );
});

test('the next build is not disturbed by a failed one', async () => {
  using bad = pluginWith('export function f(): i32 { return "x"; }');
  using good = pluginWith('export function f(): i32 { return 1; }');
  await refusal(bad);
  expect((await buildPlugin({ source: good.path, outDir: false })).warnings).toEqual([]);
});

test("the compiler's warnings are handed on with their places", async () => {
  using dir = pluginWith('export function f(): i32 {\n  const at: i32 = changetype<usize>("x");\n  return at;\n}');
  const { warnings } = await buildPlugin({ source: dir.path, outDir: false });
  expect(warnings.map(formatDiagnostic)).toEqual([
    expect.stringMatching(/^assembly\/index\.ts:2:19: warning AS201: Conversion from type 'usize' to 'i32'/),
  ]);
});

test.each([
  ['a directory that is not there', 'nowhere'],
  ['a directory without a main file', '.'],
  ['a file that is no source', 'plugin.json'],
])('%s', async (_, path) => {
  using dir = pluginDir({});
  await expect(buildPlugin({ source: join(dir.path, path), outDir: false })).rejects.toMatchObject({
    code: 'UNKNOWN_PLUGIN',
    message: expect.stringContaining('Expected a plugin'),
  });
});

test('a plugin that nobody can call is built, with a warning', async () => {
  const { warnings } = await buildPlugin({ source: pluginWith('function f(): void {}').path, outDir: false });
  expect(warnings.map(formatDiagnostic)).toContain(
    `${MAIN}: warning: the main file exports no function: nobody can call the plugin`,
  );
});
