import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { meterForEngine } from '../../engine/meter/index.ts';
import { GuestState } from '../../engine/runtime/guest-state.ts';
import { MemoryImage } from '../../engine/runtime/memory-image.ts';
import { Snapshot } from '../../engine/runtime/snapshot.ts';
import { StartState } from '../../engine/runtime/start-state.ts';
import { checkModule } from '../../engine/validate/index.ts';
import { compileWat } from '../support/wat.ts';

const { bytes, report } = meterForEngine(
  checkModule(
    compileWat(`(module (memory (export "memory") 2 9) (data (i32.const 5000) "a data segment") (data (i32.const 70000) "\\ff\\ff")
    (global (mut i64) (i64.const 7)) (global (mut f32) (f32.const 1)))`),
  ),
  { exportState: true, slice: false },
);
const module = new WebAssembly.Module(bytes);
const fresh = (): GuestState => GuestState.of(new WebAssembly.Instance(module).exports, report) as GuestState;
const image = new MemoryImage(fresh().bytes);

interface Write {
  readonly at: number;
  readonly value: number;
  readonly length: number;
}
interface Change {
  readonly pages: number;
  readonly writes: readonly Write[];
  readonly globals: readonly bigint[];
}

/** Places where runs and cells begin and end are as likely as all others together. */
const place = fc.oneof(
  fc.nat({ max: 4 * 65_536 }),
  fc.nat({ max: 64 }).map((cell) => cell * 4_096),
  fc.nat({ max: 64 }).map((cell) => cell * 4_096 + 4_092),
  fc.nat({ max: 40 }).map((offset) => 4_990 + offset),
);
const change: fc.Arbitrary<Change> = fc.record({
  pages: fc.integer({ min: 2, max: 5 }),
  writes: fc.array(fc.record({ at: place, value: fc.nat({ max: 255 }), length: fc.integer({ min: 1, max: 9_000 }) }), {
    maxLength: 12,
  }),
  globals: fc.tuple(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: 0n, max: 2n ** 32n - 1n })),
});

function apply(state: GuestState, { pages, writes, globals }: Change): void {
  state.growTo(pages * 65_536);
  const memory = state.bytes;
  for (const { at, value, length } of writes) memory.fill(value, at, Math.min(memory.length, at + length));
  state.globals = BigInt64Array.from(globals);
}

function expectSame(a: GuestState, b: GuestState): void {
  expect(Buffer.compare(a.bytes, b.bytes)).toBe(0);
  expect(a.globals).toEqual(b.globals);
}

describe('a snapshot', () => {
  test('brings a fresh instance into the same state, whatever that is', () => {
    fc.assert(
      fc.property(change, (changed) => {
        const [from, to] = [fresh(), fresh()];
        apply(from, changed);
        Snapshot.take(from, image).putInto(to);
        expectSame(from, to);
      }),
      { numRuns: 200 },
    );
  });

  test('of an instance that has done nothing is next to nothing', () => {
    expect(Snapshot.take(fresh(), image).byteLength).toBe(16);
  });

  test('is about as large as what has changed', () => {
    const state = fresh();
    for (let i = 0; i < 10; i++) state.bytes.fill(1, i * 10_000, i * 10_000 + 100);
    const { byteLength } = Snapshot.take(state, image);
    expect(byteLength).toBeGreaterThan(1_000);
    expect(byteLength).toBeLessThan(1_300);
  });

  test('does not follow the instance that it is of', () => {
    const [from, to, same] = [fresh(), fresh(), fresh()];
    from.bytes.fill(1, 0, 500);
    same.bytes.fill(1, 0, 500);
    const snapshot = Snapshot.take(from, image);
    from.bytes.fill(2, 0, 500);
    snapshot.putInto(to);
    expectSame(to, same);
  });

  test('has room for the worst that memory can look like', () => {
    const from = fresh();
    const words = new Int32Array(from.bytes.buffer);
    // A word, then five that are as they were, all over.
    for (let i = 0; i < words.length; i += 6) words[i] = -1;
    const to = fresh();
    Snapshot.take(from, image).putInto(to);
    expectSame(from, to);
  });
});

describe('a start state', () => {
  test('brings a fresh instance into the same state, whatever that is', () => {
    fc.assert(
      fc.property(change, (changed) => {
        const [from, to] = [fresh(), fresh()];
        apply(from, changed);
        new StartState(from).putInto(to);
        expectSame(from, to);
      }),
      { numRuns: 50 },
    );
  });

  test('puts memory back', () => {
    const [state, same] = [fresh(), fresh()];
    const start = new StartState(state);
    state.bytes.fill(7, 60_000, 70_000);
    start.writeMemory(state.bytes);
    expectSame(state, same);
  });

  test('shares the pages that are the same', () => {
    const state = fresh();
    const first = new StartState(state);
    expect(first.byteLength).toBe(2 * 65_536 + 16);
    expect(new StartState(state, first).byteLength).toBe(16);
    state.bytes[65_536] = 1;
    const [other, to] = [new StartState(state, first), fresh()];
    expect(other.byteLength).toBe(65_536 + 16);
    other.putInto(to);
    expectSame(state, to);
  });
});
