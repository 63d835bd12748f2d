/** What the guide for applications shows works as it stands there: host functions with the plugin beside them, and the meter alone. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildPlugin } from '../../engine/build/index.ts';
import { canSuspend } from '../../engine/runtime/jspi.ts';
import { compileWat } from '../support/wat.ts';

const root = new URL('../../', import.meta.url);
const chapters = readFileSync(new URL('docs/EMBEDDING.md', root), 'utf8').split(/^(?=## )/m);
const blockOf = (heading: string, language: string): string => {
  const chapter = chapters.find((text) => text.startsWith(`## ${heading}\n`)) ?? '';
  return new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(chapter)?.[1] ?? '';
};
const block = (language: string): string => blockOf('Host functions of your own', language);
let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'ringfence-embedding-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

it.runIf(canSuspend)('host functions of an application', async () => {
  const source = join(dir, 'plugin');
  mkdirSync(join(source, 'assembly'), { recursive: true });
  writeFileSync(join(source, 'plugin.json'), block('json'));
  writeFileSync(join(source, 'assembly/index.ts'), block('typescript'));
  await buildPlugin({ source, outDir: dir });
  const file = join(dir, 'application.ts');
  // The package is not built here: its sources stand in for it.
  writeFileSync(file, block('ts').replace("'ringfence'", `'${new URL('engine/index.ts', root)}'`));
  const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: dir });
  expect(stdout.trimEnd().split('\n')).toEqual([
    'ada was here about 40 times',
    expect.stringContaining('visits: there is no user bob'),
  ]);
});

it('a module that is no plugin is metered and called by hand', async () => {
  const fib = `(module (func $fib (export "fib") (param $n i32) (result i32)
    (if (result i32) (i32.lt_u (local.get $n) (i32.const 2))
      (then (local.get $n))
      (else (i32.add (call $fib (i32.sub (local.get $n) (i32.const 1))) (call $fib (i32.sub (local.get $n) (i32.const 2))))))))`;
  writeFileSync(join(dir, 'fib.wasm'), compileWat(fib));
  const code = blockOf('Metering and reading modules by themselves', 'js').replaceAll(
    /'ringfence\/(meter|wasm)'/g,
    (_, part: string) => `'${new URL(`engine/${part}/index.ts`, root)}'`,
  );
  writeFileSync(join(dir, 'meter.mjs'), code);
  const { stdout } = await promisify(execFile)(process.execPath, ['meter.mjs'], { cwd: dir });
  expect(stdout.trimEnd().split('\n')).toEqual(["[ 'fib' ]", expect.stringMatching(/^6765 \d+$/), 'unreachable true']);
});
