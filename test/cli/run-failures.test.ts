/** Each way in which `ringfence run` can fail: its code, its exit status, and the two forms in which it is told. */
import { describe, expect, test } from 'vitest';
import { ERRORS, type ErrorCode } from '../../engine/index.ts';
import { compilePlugin, compileWat, ECHO, HEAP_AT, returnText } from '../support/wat.ts';
import { documentOf, ringfence, temporaryDir, writeIn } from './support/cli.ts';

const dir = temporaryDir();
const text = returnText('$text', 'not JSON');
const reported = returnText('$reported', '{"code":"NO_TEA","message":"out of tea","details":{"cups":0}}');
const length = '{"code":"NO_TEA","message":"out of tea","details":{"cups":0}}'.length;
const grow = '(loop $l (br_if $l (i32.ne (i32.const -1) (memory.grow (i32.const 1)))))';

writeIn(
  dir,
  'guest.wasm',
  compilePlugin({
    imports: '(import "env" "error_set" (func $fail (param i32 i32)))',
    functions: {
      echo: ECHO,
      spin: '(loop $l (br $l)) (unreachable)',
      nest: '(call $plugin_nest (local.get $ptr) (local.get $len))',
      trap: '(unreachable)',
      stray: `(call $pack (i32.const ${HEAP_AT}) (i32.const 0x7fffffff))`,
      text: text.body,
      fail: `${reported.body} (drop) (call $fail (local.get $at) (i32.const ${length})) (i64.const -1)`,
      grow: `${grow} (unreachable)`,
    },
    extra: `${text.data} ${reported.data}`,
  }),
);
writeIn(dir, 'large.wasm', compilePlugin({ memory: '32', functions: { echo: ECHO } }));
writeIn(dir, 'plain.wasm', compileWat('(module (func (export "run")))'));
writeIn(
  dir,
  'wasi.wasm',
  compilePlugin({
    imports: '(import "wasi_unstable" "fd_write" (func (param i32 i32 i32 i32) (result i32)))',
  }),
);
writeIn(dir, 'reserved.wasm', compilePlugin({ extra: '(func (export "__ringfence_fuel"))' }));
writeIn(dir, 'no-manifest.wasm', compilePlugin({ manifest: undefined }));
writeIn(dir, 'later.wasm', compilePlugin({ replace: { ringfence_abi_v1: '(func (export "ringfence_abi_v9"))' } }));
writeIn(
  dir,
  'typed.wasm',
  compilePlugin({ functions: { echo: ECHO }, manifest: { config: { type: 'object', required: ['key'] } } }),
);
writeIn(dir, 'component.wasm', Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0));
writeIn(dir, 'page.wasm', '<!doctype html><title>Not found</title>');

interface Failure {
  readonly code: ErrorCode;
  readonly args: readonly string[];
  readonly says: string;
  /** A call was made, so what it used is known. */
  readonly called?: true;
}

const FAILURES: readonly Failure[] = [
  { code: 'UNKNOWN_PLUGIN', args: ['gone.wasm', 'echo'], says: 'gone.wasm' },
  { code: 'INVALID_MODULE', args: ['page.wasm', 'echo'], says: 'HTML page' },
  { code: 'NOT_A_PLUGIN', args: ['component.wasm', 'echo'], says: '"get-info": missing' },
  { code: 'IMPORT_DENIED', args: ['wasi.wasm', 'echo'], says: 'fd_write' },
  { code: 'NOT_A_PLUGIN', args: ['plain.wasm', 'echo'], says: 'ringfence_abi_v1' },
  { code: 'ABI_MISMATCH', args: ['later.wasm', 'echo'], says: 'version 9' },
  { code: 'INVALID_MANIFEST', args: ['no-manifest.wasm', 'echo'], says: 'no manifest' },
  { code: 'RESERVED_NAME', args: ['reserved.wasm', 'echo'], says: '__ringfence_fuel' },
  { code: 'MEMORY_LIMIT', args: ['large.wasm', 'echo', '--limit', 'memory=1MiB'], says: 'memory' },
  { code: 'LIMIT_EXCEEDED', args: ['guest.wasm', 'echo', '--limit', 'wasmBytes=100'], says: 'wasmBytes' },
  {
    code: 'LIMIT_EXCEEDED',
    args: ['guest.wasm', 'echo', '--limit', 'inputBytes=3', '--input', '"four"'],
    says: 'inputBytes',
    called: true,
  },
  { code: 'INVALID_CONFIG', args: ['typed.wasm', 'echo'], says: 'key' },
  { code: 'INVALID_CONFIG', args: ['guest.wasm', 'echo', '--config', '[]'], says: 'object' },
  { code: 'INVALID_CONFIG', args: ['guest.wasm', 'echo', '--config', '{'], says: 'Expected JSON behind `--config`' },
  {
    code: 'INVALID_OPTION',
    args: ['guest.wasm', 'echo', '--limit', 'fule=1'],
    says: 'Unknown limit "fule". Did you mean "fuel"?',
  },
  { code: 'INVALID_OPTION', args: ['guest.wasm', 'echo', '--limit', 'fuel=lots'], says: '"lots"' },
  { code: 'INVALID_OPTION', args: ['guest.wasm', 'echo', '--grant', 'root=true'], says: 'root' },
  { code: 'INVALID_INPUT', args: ['guest.wasm', 'echo', '--input', 'hello'], says: `--input '"text"'` },
  { code: 'INVALID_INPUT', args: ['guest.wasm', 'echo', '--input', '@gone.json'], says: 'gone.json' },
  { code: 'UNKNOWN_FUNCTION', args: ['guest.wasm', 'ecco'], says: 'Functions are: echo, spin' },
  { code: 'OUT_OF_FUEL', args: ['guest.wasm', 'spin', '--limit', 'fuel=1M'], says: 'fuel', called: true },
  {
    code: 'DEADLINE_EXCEEDED',
    args: ['guest.wasm', 'spin', '--limit', 'fuel=40G', '--limit', 'timeoutMs=50'],
    says: '50',
    called: true,
  },
  { code: 'STACK_OVERFLOW', args: ['guest.wasm', 'nest'], says: 'stackDepth', called: true },
  { code: 'TRAP', args: ['guest.wasm', 'trap'], says: 'plugin_trap', called: true },
  { code: 'TRAP', args: ['guest.wasm', 'grow', '--limit', 'memory=1MiB'], says: 'unreachable', called: true },
  { code: 'BAD_POINTER', args: ['guest.wasm', 'stray'], says: 'memory', called: true },
  { code: 'BAD_OUTPUT', args: ['guest.wasm', 'text'], says: 'JSON', called: true },
  { code: 'GUEST_ERROR', args: ['guest.wasm', 'fail'], says: 'out of tea', called: true },
];

describe.concurrent.each(FAILURES)('$code: run $args', ({ code, args, says, called }) => {
  const { exitCode, fix } = ERRORS[code];

  test('for people: code, message and fix on standard error, no stack', async () => {
    const { status, stdout, stderr } = await ringfence(['run', ...args], { cwd: dir });
    expect({ status, stdout }).toEqual({ status: exitCode, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^error ${code}: `, 'm'));
    expect(stderr).toContain(says);
    expect(stderr).toContain(`fix: ${fix}`);
    expect(stderr).not.toMatch(/\.ts:\d|node:internal/);
    expect(/used +allowed/.test(stderr)).toBe(called === true);
  });

  test('for programs: one document, with usage where a call was made', async () => {
    const result = await ringfence(['run', ...args, '--json'], { cwd: dir });
    expect(result).toMatchObject({ status: exitCode, stderr: '' });
    const document = documentOf(result);
    expect(document).toEqual({
      ok: false,
      error: { code, message: expect.stringContaining(says), details: expect.any(Object) },
      usage: called ? expect.objectContaining({ fuel: expect.any(Object) }) : null,
    });
    expect((document.error as { details: object }).details).not.toHaveProperty('usage');
  });
});

test('what the plugin said of its failure is in the document', async () => {
  const { error } = documentOf(await ringfence(['run', 'guest.wasm', 'fail', '--json'], { cwd: dir }));
  expect(error).toMatchObject({ details: { code: 'NO_TEA', message: 'out of tea', details: { cups: 0 } } });
});
