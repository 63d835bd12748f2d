/** WASI 0.2 as components get it: a system without files, network and environment. */
import { describe, expect, test } from 'vitest';
import { linkComponent } from '../../engine/component/link-component.ts';
import { createEngine, type LogEntry } from '../../engine/index.ts';
import { VALUE } from '../support/component-writer.ts';
import { failure, failureSync } from '../support/errors.ts';
import { worldComponent } from '../support/world-component.ts';

interface Imported {
  /** Interface, without its version. */
  readonly from: string;
  readonly name: string;
  /** What the component says of its type; only what is left of it in the core module counts. */
  readonly params?: readonly number[];
  readonly result?: number;
  /** Of the core import, as text: "(param i32) (result i32)". */
  readonly core: string;
}

/**
 * A component whose function `x` runs `call` with `$wasi`, the imported function.
 */
function component(imported: Imported, call: string, more: { manifest?: Readonly<Record<string, unknown>> } = {}) {
  const { from, core, ...rest } = imported;
  return worldComponent({
    call,
    ...more,
    imported: { ...rest, from: `${from}@0.2.3` },
    core: (text) => text.replace('(memory', `(import "wasi" "f" (func $wasi ${core})) (memory`),
  });
}

const ok = (at: string, size: string): string =>
  `(i32.store8 (i32.const 16) (i32.const 0)) (i32.store (i32.const 20) ${at}) (i32.store (i32.const 24) ${size}) (i32.const 16)`;

async function run(bytes: Uint8Array, grants: object = {}): Promise<{ bytes: Uint8Array; entries: LogEntry[] }> {
  const entries: LogEntry[] = [];
  await using engine = await createEngine({ executor: 'inline', logger: { log: (entry) => entries.push(entry) } });
  const plugin = await engine.load(bytes, { grants });
  return { bytes: await plugin.callBytes('x', new Uint8Array()), entries };
}

describe('streams', () => {
  const write: Imported = {
    from: 'wasi:io/streams',
    name: '[method]output-stream.blocking-write-and-flush',
    core: '(param i32 i32 i32 i32)',
  };

  test.each([
    [1, 'info'],
    [2, 'warn'],
  ])('what is written to descriptor %i is a line of the log', async (fd, level) => {
    const call = `(i64.store (i32.const 64) (i64.const 0x0a6f6c6c6568)) (call $wasi (i32.const ${fd}) (i32.const 64) (i32.const 6) (i32.const 128))
      ${ok('(i32.const 128)', '(i32.const 1)')}`;
    const { bytes, entries } = await run(component(write, call));
    expect(bytes).toEqual(Uint8Array.of(0));
    expect(entries).toEqual(expect.arrayContaining([expect.objectContaining({ level, message: 'hello' })]));
  });

  test.each([
    ['a descriptor that is not there', '(i32.const 7) (i32.const 64) (i32.const 6)'],
    ['bytes outside of memory', '(i32.const 1) (i32.const -16) (i32.const 64)'],
    ['a length below zero', '(i32.const 1) (i32.const 64) (i32.const -1)'],
  ])('%s: the stream is closed', async (_, args) => {
    const call = `(call $wasi ${args} (i32.const 128)) ${ok('(i32.const 128)', '(i32.const 5)')}`;
    const { bytes } = await run(component(write, call));
    expect([bytes[0], bytes[4]]).toEqual([1, 1]);
  });

  test('a result that lies outside of memory is a trap', async () => {
    await using engine = await createEngine();
    const call = `(call $wasi (i32.const 1) (i32.const 64) (i32.const 6) (i32.const -4)) ${ok('(i32.const 0)', '(i32.const 0)')}`;
    const plugin = await engine.load(component(write, call));
    await failure(() => plugin.call('x'), 'TRAP');
  });
});

test('a clock stands still without the grant, and goes with it', async () => {
  const now: Imported = { from: 'wasi:clocks/wall-clock', name: 'now', core: '(param i32)' };
  const call = `(call $wasi (i32.const 128)) ${ok('(i32.const 128)', '(i32.const 12)')}`;
  const seconds = (bytes: Uint8Array): number => Number(new DataView(bytes.buffer).getBigUint64(0, true));
  expect(seconds((await run(component(now, call))).bytes)).toBe(946_684_800);
  const manifest = { permissions: { clock: { reason: 'test' } } };
  const granted = await run(component(now, call, { manifest }), { clock: true });
  expect(seconds(granted.bytes)).toBeGreaterThan(1_700_000_000);
});

test('the environment is empty', async () => {
  const environment: Imported = { from: 'wasi:cli/environment', name: 'get-environment', core: '(param i32)' };
  const call = `(i64.store (i32.const 128) (i64.const -1)) (call $wasi (i32.const 128)) ${ok('(i32.const 128)', '(i32.const 8)')}`;
  expect((await run(component(environment, call))).bytes).toEqual(new Uint8Array(8));
});

test.each([0, 1])('to leave with %i is a trap', async (status) => {
  await using engine = await createEngine();
  const exit: Imported = { from: 'wasi:cli/exit', name: 'exit', core: '(param i32)' };
  const plugin = await engine.load(component(exit, `(call $wasi (i32.const ${status})) (unreachable)`));
  expect((await failure(() => plugin.call('x'), 'TRAP')).message).toContain('exit');
  expect(await plugin.call('echo', 1)).toBe(1);
});

test('random numbers count against their limit', async () => {
  await using engine = await createEngine({ limits: { randomBytes: 24 } });
  const random: Imported = {
    from: 'wasi:random/random',
    name: 'get-random-u64',
    result: VALUE.u64,
    core: '(result i64)',
  };
  const call = (times: number): string =>
    `${'(i64.store (i32.const 128) (call $wasi)) '.repeat(times)} ${ok('(i32.const 128)', '(i32.const 8)')}`;
  const enough = await engine.load(component(random, call(3)));
  expect((await enough.callBytes('x', new Uint8Array())).length).toBe(8);
  const tooMuch = await engine.load(component(random, call(4)), { id: 'b' });
  await failure(() => tooMuch.call('x'), 'LIMIT_EXCEEDED');
});

test('what there is nothing for traps when it is called, and says what it was', async () => {
  await using engine = await createEngine();
  const open: Imported = { from: 'wasi:filesystem/types', name: '[method]descriptor.open-at', core: '(param i32)' };
  const plugin = await engine.load(component(open, '(call $wasi (i32.const 0)) (unreachable)'));
  const error = await failure(() => plugin.call('x'), 'TRAP');
  expect(error.message).toContain('wasi:filesystem/types#[method]descriptor.open-at');
});

test('a function that is imported with another type than it has is refused', () => {
  const exit: Imported = { from: 'wasi:cli/exit', name: 'exit', core: '(param i64)' };
  expect(failureSync(() => linkComponent(component(exit, '(unreachable)')), 'IMPORT_DENIED').message).toContain(
    'is imported as (i64) -> (), but the host offers it as (i32) -> ()',
  );
});
