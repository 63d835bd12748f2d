/** `ringfence build`: where the files go, and how what is wrong with the sources is shown. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { documentOf, ringfence, temporaryDir, writeIn } from './support/cli.ts';

const home = temporaryDir();

/** A plugin's directory with these sources. */
function plugin(name: string, source: string, manifest: object | string = {}): string {
  const dir = join(home, name);
  mkdirSync(join(dir, 'assembly'), { recursive: true });
  writeIn(dir, 'assembly/index.ts', source);
  writeIn(
    dir,
    'plugin.json',
    typeof manifest === 'string' ? manifest : JSON.stringify({ name, version: '1.0.0', ...manifest }),
  );
  return dir;
}

const DOUBLE = 'export function double(x: f64): f64 {\n  return x * 2;\n}\n';

test('--out and --debug', async () => {
  const dir = plugin('doubler', DOUBLE);
  const out = join(home, 'elsewhere');
  const result = await ringfence(['build', dir, '--out', out, '--debug', '--json']);
  expect(result.status).toBe(0);
  expect(documentOf(result)).toMatchObject({
    ok: true,
    value: {
      name: 'doubler',
      version: '1.0.0',
      functions: ['double'],
      files: [
        { file: expect.stringMatching(/doubler\.wasm$/) },
        { file: expect.stringMatching(/doubler\.wasm\.map$/) },
      ],
    },
  });
  expect(existsSync(join(out, 'doubler.wasm'))).toBe(true);
  expect(existsSync(join(out, 'doubler.wasm.map'))).toBe(true);
  expect(existsSync(join(dir, 'build'))).toBe(false);
  expect(
    documentOf(await ringfence(['run', join(out, 'doubler.wasm'), 'double', '--input', '21', '--json'])),
  ).toMatchObject({
    value: 42,
  });
});

test('a main file instead of a directory', async () => {
  const dir = plugin('by-file', DOUBLE);
  const { status, stdout } = await ringfence(['build', 'assembly/index.ts'], { cwd: dir });
  expect(status).toBe(0);
  expect(stdout).toContain('double(x: number): number');
  expect(existsSync(join(dir, 'build/by-file.wasm'))).toBe(true);
});

describe('sources that do not compile', () => {
  const dir = plugin(
    'wrong',
    'export function twice(x: f64): string {\n\treturn x * 2;\n}\nexport function next(): i32 {\n  return mising;\n}\n',
  );

  test('are shown as file:line:column, with the line and a mark', async () => {
    const { status, stdout, stderr } = await ringfence(['build'], { cwd: dir });
    expect({ status, stdout }).toEqual({ status: 49, stdout: '' });
    expect(stderr).toMatch(/^assembly\/index\.ts:2:9: error TS2322: .*\n {2}2 \| {3}return x \* 2;\n {15}\^$/m);
    expect(stderr).toMatch(/^assembly\/index\.ts:5:10: error TS2304: .*\n {2}5 \| {3}return mising;\n {15}\^$/m);
    expect(stderr).toContain('error BUILD_FAILED: The sources do not compile: 2 errors');
  });

  test('are data in the document', async () => {
    const result = await ringfence(['build', dir, '--json']);
    expect(result).toMatchObject({ status: 49, stderr: '' });
    expect(documentOf(result)).toMatchObject({
      ok: false,
      error: {
        code: 'BUILD_FAILED',
        details: {
          diagnostics: expect.arrayContaining([
            expect.objectContaining({ file: 'assembly/index.ts', line: 2, column: 9, severity: 'error' }),
            expect.objectContaining({ file: 'assembly/index.ts', line: 5, column: 10, severity: 'error' }),
          ]),
        },
      },
    });
  });
});

interface Refusal {
  readonly title: string;
  readonly dir: () => string;
  readonly status: number;
  readonly says: RegExp;
}

const REFUSALS: readonly Refusal[] = [
  { title: 'no such source', dir: () => join(home, 'gone'), status: 44, says: /^error UNKNOWN_PLUGIN: .*gone/m },
  {
    title: 'a manifest that is not JSON',
    dir: () => plugin('no-json', DOUBLE, '{'),
    status: 15,
    says: /^error INVALID_MANIFEST: .*plugin\.json/m,
  },
  {
    title: 'a manifest that is not valid',
    dir: () => plugin('bad-version', DOUBLE, { version: 'one' }),
    status: 15,
    says: /^error INVALID_MANIFEST: [\s\S]*version/m,
  },
  {
    title: 'a capability that the manifest does not ask for',
    dir: () =>
      plugin(
        'silent',
        'import { http } from "ringfence-guest";\nexport function get(): i32 { return http.get("https://api.example.com/").status; }\n',
      ),
    status: 12,
    says: /Add to its "permissions": "http"/,
  },
];

test.each(REFUSALS)('$title: exit status $status', async ({ dir, status, says }) => {
  const result = await ringfence(['build', dir()]);
  expect(result.status).toBe(status);
  expect(result.stderr).toMatch(says);
});
