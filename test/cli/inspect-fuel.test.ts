/** `ringfence inspect --fuel`: charges beside the code, for people and for programs. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compilePlugin, compileWat, ECHO } from '../support/wat.ts';
import { documentOf, ringfence, temporaryDir, writeIn } from './support/cli.ts';

const dir = temporaryDir();
const file = writeIn(
  dir,
  'fuel.wasm',
  compileWat(`(module (memory 1)
    (func $square (param $x i32) (result i32) (i32.mul (local.get $x) (local.get $x)))
    (func $fib (export "fib") (param $n i32) (result i32)
      (if (result i32) (i32.lt_u (local.get $n) (i32.const 2))
        (then (call $square (local.get $n)))
        (else (i32.add (call $fib (i32.sub (local.get $n) (i32.const 1)))
                       (call $fib (i32.sub (local.get $n) (i32.const 2))))))))`),
);

test('for people: totals, then each function with its charges', async () => {
  const { status, stdout, stderr } = await ringfence(['inspect', '--fuel', file]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  for (const line of [
    /^ {2}functions +2, 1 of them charged by their callers$/,
    /^ {2}looks +1 on entry$/,
    /^;; 4 fuel a call, charged by its callers$/,
    /^\(func \$square \(;0;\)/,
    /^;; looks at fuel and stack on entry \(\d+ words\), recursive$/,
    /^ {4}call \$square +;; 0x[0-9a-f]+ the callee's 4 are part of the charge$/,
    /charges \d+ .*\((entry|edge|exit)\)$/,
  ]) {
    expect(stdout).toMatch(new RegExp(line.source, 'm'));
  }
});

test('one function alone, by name or index', async () => {
  for (const which of ['square', '0']) {
    const { stdout } = await ringfence(['inspect', file, '--fuel', '--function', which]);
    expect(stdout).toMatch(/^\(func \$square/m);
    expect(stdout).not.toMatch(/^\(func \$fib/m);
  }
});

test('a function of a plugin, by the name that it is called by; the folder stands for its module', async () => {
  const folder = join(dir, 'called');
  mkdirSync(folder);
  writeIn(folder, 'called.wasm', compilePlugin({ functions: { echo: ECHO } }));
  const { status, stdout } = await ringfence(['inspect', folder, '--fuel', '--function', 'echo']);
  expect(status).toBe(0);
  expect(stdout).toMatch(/functions +1,/);
  const { stderr } = await ringfence(['inspect', folder, '--fuel', '--function', 'plugin_ecko']);
  expect(stderr).toContain('Did you mean "plugin_echo"?');
});

test('for programs: one document', async () => {
  const result = await ringfence(['inspect', '--fuel', file, '--json']);
  expect(result).toMatchObject({ status: 0, stderr: '' });
  expect(documentOf(result)).toMatchObject({
    ok: true,
    value: {
      file,
      costTableVersion: expect.any(Number),
      totals: { functions: 2, constantFunctions: 1, checks: { entry: 1 }, constantCalls: 1 },
      functions: [
        { funcIndex: 0, name: 'square', constantCost: 4, items: [] },
        {
          funcIndex: 1,
          name: 'fib',
          recursive: true,
          items: expect.arrayContaining([{ kind: 'check', why: 'entry', offset: expect.any(Number) }]),
        },
      ],
    },
  });
});

test.each([
  ['a function that is not there', ['--fuel', '--function', 'gone'], 'UNKNOWN_FUNCTION'],
  ['--function alone', ['--function', 'fib'], 'USAGE'],
])('%s is refused', async (_, args, code) => {
  const { status, stderr } = await ringfence(['inspect', file, ...args]);
  expect(status).not.toBe(0);
  expect(stderr).toMatch(new RegExp(`^error ${code}: `, 'm'));
});

test('a module that the engine would not meter is refused', async () => {
  const bad = writeIn(dir, 'bad.wasm', compileWat('(module (func (result i32)))'));
  const { stderr } = await ringfence(['inspect', '--fuel', bad]);
  expect(stderr).toMatch(/^error INVALID_MODULE: /m);
});
