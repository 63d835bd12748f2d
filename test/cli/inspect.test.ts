/** `ringfence inspect`: what it shows of plugins, and of files that are none. Nothing of them runs. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { ERRORS, type ErrorCode } from '../../engine/index.ts';
import { compilePlugin, compileWat, ECHO, manifestOf } from '../support/wat.ts';
import { documentOf, ringfence, temporaryDir, writeIn } from './support/cli.ts';

const dir = temporaryDir();

describe('a plugin', () => {
  const bytes = compilePlugin({
    name: 'songs',
    version: '2.1.0',
    imports: `(import "env" "log" (func (param i32 i32 i32)))
      (import "env" "http_request" (func (param i32 i32 i32 i32) (result i32)))`,
    functions: { search: ECHO },
    manifest: {
      description: 'Finds songs.',
      license: 'MIT',
      functions: {
        search: {
          description: 'Songs by title.',
          input: { type: 'object', properties: { title: { type: 'string' } }, required: ['title'] },
        },
      },
      permissions: {
        http: [{ host: 'https://api.example.com', methods: ['GET'], reason: 'reads the catalogue' }],
        kv: { reason: 'keeps what it found', optional: true },
      },
      limits: { memory: '1MiB', fuel: '2G' },
    },
    // Instantiating it would end in a trap.
    extra: '(func $boom (unreachable)) (start $boom)',
  });
  const file = writeIn(dir, 'songs.wasm', bytes);
  const digest = createHash('sha256').update(bytes).digest('hex');

  test('for people', async () => {
    const { status, stdout, stderr } = await ringfence(['inspect', file]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const line of [
      /^songs 2\.1\.0$/,
      /^ {2}about +Finds songs\.$/,
      new RegExp(`^ {2}digest +sha256:${digest}$`),
      /^ {2}speaks +Ringfence guest ABI v1$/,
      /^ {2}search\(title: string\) +Songs by title\.$/,
      /^ {2}http +https:\/\/api\.example\.com GET +required +“reads the catalogue”$/,
      /^ {2}kv +optional +“keeps what it found”$/,
      /^ {2}grant with --grant http=https:\/\/api\.example\.com --grant kv$/,
      /^ {2}or in code grants: { "http": \["https:\/\/api\.example\.com"\], "kv": true }$/,
      /^ {2}memory +1 MiB +default 32 MiB$/,
      /^ {2}fuel +2,000,000,000 +default 1,000,000,000: only the operator raises it$/,
      /^ {2}env\.http_request +\(i32, i32, i32, i32\) -> i32 +http$/,
      /^ {2}plugin_search +\(i32, i32\) -> i64$/,
      /^ {2}start +function \d+ runs when the plugin is instantiated$/,
    ]) {
      expect(stdout).toMatch(new RegExp(line.source, 'm'));
    }
  });

  describe('--against another version', () => {
    const older = writeIn(
      dir,
      'songs-2.0.0.wasm',
      compilePlugin({
        name: 'songs',
        version: '2.0.0',
        functions: { search: ECHO },
        manifest: { permissions: { kv: { reason: 'cache', optional: true }, clock: { reason: 'dates' } } },
      }),
    );

    test('shows what it asks for more, and what no longer', async () => {
      const { status, stdout } = await ringfence(['inspect', file, '--against', older]);
      expect(status).toBe(0);
      expect(stdout).toMatch(/^Permissions against songs 2\.0\.0$/m);
      expect(stdout).toMatch(/^ {2}\+ +http +https:\/\/api\.example\.com GET +required +“reads the catalogue”$/m);
      expect(stdout).toMatch(/^ {2}- +clock +required +“dates”$/m);
    });

    test('for programs', async () => {
      const result = await ringfence(['inspect', older, '--against', file, '--json']);
      expect(documentOf(result)).toMatchObject({
        value: {
          against: {
            file,
            version: '2.1.0',
            difference: {
              added: [{ capability: 'clock', reason: 'dates', optional: false }],
              removed: [{ capability: 'http', name: 'https://api.example.com', methods: ['GET'] }],
              nowRequired: [],
              asksForMore: true,
            },
          },
        },
      });
    });

    test('a file that is none is refused', async () => {
      const result = await ringfence(['inspect', file, '--against', writeIn(dir, 'none.wasm', compileWat('(module)'))]);
      expect(result.status).toBe(ERRORS.INVALID_MANIFEST.exitCode);
    });
  });

  test('for programs', async () => {
    const result = await ringfence(['inspect', file, '--json']);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(documentOf(result)).toMatchObject({
      ok: true,
      value: {
        file,
        bytes: bytes.length,
        digest,
        kind: 'module',
        contract: { kind: 'ringfence', missing: [] },
        manifest: { name: 'songs', permissions: { http: [{ reason: 'reads the catalogue' }] } },
        limits: { memory: 1024 * 1024, fuel: 2_000_000_000 },
        module: {
          imports: [
            { name: 'log', capability: 'log' },
            { name: 'http_request', capability: 'http' },
          ],
          start: expect.any(Number),
        },
      },
    });
  });
});

interface Foreign {
  readonly title: string;
  readonly bytes: Uint8Array | string;
  readonly contract: string | null;
  readonly code: ErrorCode;
  /** What it lacks, at least. */
  readonly missing?: readonly string[];
}

const FOREIGN: readonly Foreign[] = [
  {
    title: 'a plain core module',
    bytes: compileWat('(module (func (export "run")))'),
    contract: 'core',
    code: 'NOT_A_PLUGIN',
    missing: ['memory', 'malloc', 'ringfence_abi_v1'],
  },
  {
    title: 'a WASI library',
    bytes: compileWat('(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32))))'),
    contract: 'wasi-p1',
    code: 'NOT_A_PLUGIN',
  },
  {
    title: 'a component',
    bytes: Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0),
    contract: 'component',
    code: 'NOT_A_PLUGIN',
  },
  {
    title: 'a plugin of a later ABI',
    bytes: compilePlugin({ replace: { ringfence_abi_v1: '(func (export "ringfence_abi_v2"))' } }),
    contract: 'ringfence-other',
    code: 'ABI_MISMATCH',
    missing: ['ringfence_abi_v1'],
  },
  {
    title: 'a plugin without a manifest',
    bytes: compilePlugin({ manifest: undefined }),
    contract: 'ringfence',
    code: 'INVALID_MANIFEST',
  },
  {
    title: 'a plugin with an import that nobody offers',
    bytes: compilePlugin({ imports: '(import "env" "fork" (func))' }),
    contract: 'ringfence',
    code: 'IMPORT_DENIED',
  },
  {
    title: 'a module that is cut off',
    bytes: compilePlugin().subarray(0, 100),
    contract: null,
    code: 'INVALID_MODULE',
  },
  { title: 'WebAssembly text', bytes: '(module)', contract: null, code: 'INVALID_MODULE' },
  { title: 'a web page', bytes: '<!doctype html>', contract: null, code: 'INVALID_MODULE' },
  { title: 'an empty file', bytes: '', contract: null, code: 'INVALID_MODULE' },
];

describe.concurrent.each(FOREIGN)('$title', ({ title, bytes, contract, code, missing = [] }) => {
  const file = writeIn(dir, `${title.replaceAll(' ', '-')}.wasm`, bytes);

  test('shows what can be shown, and why it would be refused', async () => {
    const { status, stdout, stderr } = await ringfence(['inspect', file]);
    expect(status).toBe(ERRORS[code].exitCode);
    expect(stdout).toMatch(/^ {2}digest +sha256:[0-9a-f]{64}$/m);
    expect(stderr).toMatch(new RegExp(`^error ${code}: `, 'm'));
  });

  test('--json has both in one document', async () => {
    const result = await ringfence(['inspect', file, '--json']);
    expect(result).toMatchObject({ status: ERRORS[code].exitCode, stderr: '' });
    const document = documentOf(result);
    expect(document).toMatchObject({
      ok: false,
      error: { code },
      value: { bytes: bytes.length, contract: contract === null ? null : { kind: contract } },
    });
    if (contract !== null) {
      expect(document).toMatchObject({ value: { contract: { missing: expect.arrayContaining([...missing]) } } });
    }
  });
});

test('a file that is not there', async () => {
  const result = await ringfence(['inspect', 'gone.wasm', '--json'], { cwd: dir });
  expect(result.status).toBe(44);
  expect(documentOf(result)).toMatchObject({ ok: false, error: { code: 'UNKNOWN_PLUGIN' } });
});

test('names in a module cannot steer the terminal', async () => {
  const file = writeIn(
    dir,
    'sly.wasm',
    compileWat('(module (import "env" "\\1b[2Jgone" (func)) (func (export "\\e2\\80\\aetxt")))'),
  );
  const { stdout, stderr } = await ringfence(['inspect', file]);
  expect(stdout).toContain('env.\\u001b[2Jgone');
  expect(stdout).toContain('\\u202etxt');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  expect(stdout + stderr).not.toMatch(/[\u001b\u202e]/);
});

test('long lists are cut for people, whole for programs', async () => {
  const exports = Array.from({ length: 100 }, (_, i) => `(func (export "f${i}"))`).join('');
  const file = writeIn(dir, 'many.wasm', compileWat(`(module ${exports})`));
  expect((await ringfence(['inspect', file])).stdout).toContain('and 70 more (--json has all)');
  const { value } = documentOf(await ringfence(['inspect', file, '--json'])) as {
    value: { module: { exports: unknown[] } };
  };
  expect(value.module.exports).toHaveLength(100);
});

test('functions that only an application has are shown as such, and no reason to refuse the file', async () => {
  const file = writeIn(
    dir,
    'visits.wasm',
    compilePlugin({
      imports: '(import "env" "find_user" (func (param i32 i32) (result i64)))',
      manifest: { permissions: { custom: [{ name: 'users', reason: 'says who was here' }] } },
    }),
  );
  const { status, stdout, stderr } = await ringfence(['inspect', file]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^ {2}env\.find_user +\(i32, i32\) -> i64 +custom$/m);
  expect(stdout).toMatch(/^ {2}custom +users +required +“says who was here”$/m);
  const run = await ringfence(['run', file, 'f', '--grant', 'custom=users']);
  expect(run.status).toBe(ERRORS.IMPORT_DENIED.exitCode);
  expect(run.stderr).toContain('capabilities of an application (users)');
});

describe.concurrent('a plugin of another contract', () => {
  const SPOKEN = [
    {
      name: 'command',
      contract: 'wasi-p1-command',
      functions: { _start: {} },
      wat: '(module (import "wasi_snapshot_preview1" "clock_time_get" (func (param i32 i64 i32) (result i32))) (memory (export "memory") 1) (func (export "_start")))',
      permissions: { clock: { optional: true } },
    },
    {
      name: 'extism',
      contract: 'extism',
      functions: { greet: {} },
      wat: '(module (import "extism:host/env" "http_request" (func (param i64 i64) (result i64))) (func (export "greet") (result i32) (i32.const 0)))',
      permissions: {
        http: [
          { host: 'https://*:*', optional: true },
          { host: 'http://*:*', optional: true },
        ],
      },
    },
    {
      name: 'library',
      contract: 'wasi-p1',
      functions: { twice: {} },
      wat: '(module (import "wasi_snapshot_preview1" "sched_yield" (func (result i32))) (func (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))',
      permissions: {},
    },
  ];

  test.each(SPOKEN)('$contract: says which, what it has, and what it would ask for', async (row) => {
    const file = writeIn(dir, `spoken-${row.name}.wasm`, compileWat(row.wat));
    const result = await ringfence(['inspect', file, '--json']);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    const { contract, functions, permissions } = row;
    expect(documentOf(result)).toMatchObject({
      ok: true,
      value: { contract: { kind: contract, missing: [] }, manifest: { functions, permissions } },
    });
  });
});

describe("a plugin's folder with several builds", () => {
  const bytes = compilePlugin({ name: 'blur', functions: { run: ECHO } });
  const folder = temporaryDir();
  const variants = [
    { file: 'future.wasm', node: '>=900' },
    { file: 'threads.wasm', needs: ['threads'] },
    { file: 'gone.wasm', needs: ['simd'] },
    { file: 'blur.wasm', needs: ['simd'] },
    { file: 'plain.wasm' },
  ];
  for (const { file } of variants) if (file !== 'gone.wasm') writeIn(folder, file, bytes);
  const manifest = manifestOf({ name: 'blur', functions: { run: ECHO } });

  test('shows the one that is chosen, and why', async () => {
    writeIn(folder, 'plugin.json', JSON.stringify({ ...manifest, variants }));
    const { status, stdout, stderr } = await ringfence(['inspect', folder]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const line of [
      /^Builds$/,
      /^ {2}not +future\.wasm +is for Node\.js >=900, and this is/,
      /^ {2}not +threads\.wasm +needs threads, which is off in Ringfence because/,
      /^ {2}not +gone\.wasm +cannot be read: there is no such file/,
      /^ {2}chosen +blur\.wasm +the first that can run here; what it needs is here: simd$/,
      /^ {2}not +plain\.wasm +could run, but blur\.wasm comes first$/,
    ]) {
      expect(stdout.split('\n')).toContainEqual(expect.stringMatching(line));
    }
    const { value } = documentOf(await ringfence(['inspect', `${folder}/plugin.json`, '--json']));
    expect((value as { builds: { isChosen: boolean }[] }).builds.map(({ isChosen }) => isChosen)).toEqual([
      false,
      false,
      false,
      true,
      false,
    ]);
  });

  test('says why none can run', async () => {
    writeIn(folder, 'plugin.json', JSON.stringify({ ...manifest, variants: variants.slice(0, 2) }));
    const { status, stderr } = await ringfence(['inspect', folder]);
    expect(status).toBe(ERRORS.UNKNOWN_PLUGIN.exitCode);
    expect(stderr).toContain('future.wasm is for Node.js >=900');
  });
});
