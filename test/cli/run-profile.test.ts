/** `ringfence run --profile`: collapsed stacks in a file, the top of them for people. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compilePlugin, ECHO } from '../support/wat.ts';
import { documentOf, ringfence, temporaryDir, writeIn } from './support/cli.ts';

const dir = temporaryDir();
const plugin = writeIn(
  dir,
  'guest.wasm',
  compilePlugin({
    functions: { echo: ECHO, works: '(call $inner) (call $inner) (i64.const 0)', traps: '(call $inner) (unreachable)' },
    extra:
      '(func $inner (local $n i32) (loop $l (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 500)))))',
  }),
);

const stacksIn = (file: string): [stack: string, fuel: number][] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [, stack, fuel] = /^(.+) (\d+)$/.exec(line) ?? [];
      return [stack as string, Number(fuel)];
    });

test('writes stacks that add up to the fuel of the call, and prints the top of them', async () => {
  const file = join(dir, 'works.folded');
  const result = await ringfence(['run', plugin, 'works', '--json', '--profile', file]);
  expect(result.status).toBe(0);
  const { usage } = documentOf(result) as { usage: { fuel: { used: number } } };
  const stacks = stacksIn(file);
  expect(stacks.reduce((sum, [, fuel]) => sum + fuel, 0)).toBe(usage.fuel.used);
  expect(stacks.map(([stack]) => stack)).toEqual(expect.arrayContaining(['plugin_works', 'plugin_works;inner']));
  expect(result.stderr).toMatch(/^own fuel +with callees +function$/m);
  expect(result.stderr).toMatch(/^ +[\d,]+ +\d+ % +[\d,]+ +\d+ % +inner$/m);
  expect(result.stderr).toContain(file);
});

test('also of a call that fails', async () => {
  const file = join(dir, 'traps.folded');
  const { status, stderr } = await ringfence(['run', plugin, 'traps', '--profile', file]);
  expect(status).not.toBe(0);
  expect(stderr).toContain('error TRAP');
  const stacks = new Map(stacksIn(file));
  expect(stacks.get('plugin_traps;inner')).toBeGreaterThan(0);
  expect(stacks.get('(lost with the trap)')).toBeGreaterThan(0);
});

test('nothing is written where no call was made', async () => {
  const file = join(dir, 'gone.folded');
  expect((await ringfence(['run', plugin, 'gone', '--profile', file])).status).not.toBe(0);
  expect(existsSync(file)).toBe(false);
});

test('a file that cannot be written is a failure of the caller', async () => {
  const { status, stderr } = await ringfence(['run', plugin, 'echo', '--profile', join(dir, 'no', 'such', 'dir')]);
  expect(status).not.toBe(0);
  expect(stderr).toContain('error INVALID_OPTION');
});
