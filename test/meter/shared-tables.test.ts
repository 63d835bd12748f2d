/**
 * A module with an exported table beside a host that uses it as the glue of compilers does: functions are taken out, placed, replaced and
 * removed, while the module calls through it. Each scenario runs twice, metered and counted instruction by instruction.
 */
import { describe, expect, test } from 'vitest';
import { meter } from '../../engine/meter/index.ts';
import { assembleWithWabt } from '../support/toolchains.ts';
import { Driver, type DriverOptions } from './support/driver.ts';
import { addCount, countingModule, takeCount } from './support/reference-counter.ts';

type Unary = (n: number) => number;

const FUNCTIONS = `
  (type $unary (func (param i32) (result i32)))
  (import "env" "imported" (func $imported (type $unary)))
  (table (export "table") 8 funcref)
  (elem (i32.const 0) $twice $sum $imported $apply $called $fail $last)
  (memory 1)
  (func $twice (type $unary) (i32.mul (local.get 0) (i32.const 2)))
  (func $sum (type $unary) (local i32)
    (loop $again
      (local.set 1 (i32.add (local.get 1) (local.get 0)))
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))
  ;; In the table, exported, and called by name.
  (func $called (export "called") (type $unary)
    (if (result i32) (local.get 0) (then (i32.load8_u (local.get 0))) (else (call $twice (i32.const 21)))))
  (func $fail (type $unary) unreachable)
  (func $only_exported (export "only_exported") (type $unary) (i32.add (call $called (i32.const 0)) (local.get 0)))
  (func $constant (export "constant") (type $unary) (i32.const 5))
  (func $indirect (export "indirect") (param $index i32) (param $n i32) (result i32)
    (i32.add (call $called (i32.const 3)) (call_indirect (type $unary) (local.get $n) (local.get $index))))
  (func $loop (export "loop") (param $index i32) (param $n i32) (result i32) (local $value i32)
    (loop $again
      (local.set $value (i32.add (local.get $value) (call $indirect (local.get $index) (local.get $n))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $value))
  ;; Calls entry n of the table, as one that is in it.
  (func $apply (type $unary)
    (i32.add (i32.const 1) (call_indirect (type $unary) (i32.const 4) (local.get 0))))
  (func $last (type $unary) (return_call_indirect (type $unary) (i32.const 9) (local.get 0)))
  (func (export "last") (param i32) (result i32) (i32.add (call_indirect (type $unary) (local.get 0) (i32.const 6)) (i32.const 1)))
  (func (export "tail") (param i32) (result i32) (return_call_indirect (type $unary) (i32.const 9) (local.get 0)))`;

const MODULE = assembleWithWabt(`(module ${FUNCTIONS})`);

/** The same with a handler: there, what ran is charged before every call that may throw. */
const CATCHING = assembleWithWabt(`(module ${FUNCTIONS}
  (tag $t)
  (func (export "throws") (param i32) (result i32) (throw $t))
  (func (export "rescue") (param $index i32) (result i32) (local $n i32)
    (local.set $n (i32.const 3))
    (try (do
      (local.set $n (i32.const 4))
      (drop (call $indirect (local.get $index) (i32.const 1)))
      (local.set $n (i32.const 5)))
    (catch_all (local.set $n (i32.add (local.get $n) (i32.const 100)))))
    (local.get $n))
  (func (export "rescue_here") (param $index i32) (result i32) (local $n i32)
    (try (do (local.set $n (call_indirect (type $unary) (i32.const 1) (local.get $index))))
    (catch_all (local.set $n (i32.add (local.get $n) (i32.const 100)))))
    (local.get $n)))`);

const BRIDGE = new WebAssembly.Module(
  assembleWithWabt(`(module
    (import "e" "f" (func $f (param i32) (result i32)))
    (func (export "f") (param i32) (result i32) (call $f (local.get 0))))`),
);

/** What a scenario sees. */
class Glue {
  readonly exports: Record<string, Unary & ((index: number, n: number) => number)>;
  readonly table: WebAssembly.Table;
  readonly charge: (fuel: number) => void;
  readonly #free: number[] = [];

  constructor({ exports }: WebAssembly.Instance, charge: (fuel: number) => void) {
    this.exports = exports as Glue['exports'];
    this.table = exports.table as WebAssembly.Table;
    this.charge = charge;
  }

  /** A JavaScript function becomes one of WebAssembly by way of a module that does nothing else. */
  addFunction(action: Unary): number {
    const { f } = new WebAssembly.Instance(BRIDGE, { e: { f: action } }).exports;
    const index = this.#free.pop() ?? this.table.grow(1);
    this.table.set(index, f);
    return index;
  }

  removeFunction(index: number): void {
    this.table.set(index, null);
    this.#free.push(index);
  }

  get(index: number): Unary {
    return this.table.get(index) as Unary;
  }
}

type Scenario = (glue: Glue) => unknown;
const BUDGET = 50_000_000;

function counted(bytes: Uint8Array<ArrayBuffer>, scenario: Scenario): { answer: unknown; fuel: number } {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(countingModule(bytes)), {
    env: { imported: (n: number) => n + 1_000 },
  });
  const glue = new Glue(instance, (fuel) => addCount(instance, fuel));
  takeCount(instance);
  const answer = attempt(() => scenario(glue));
  return { answer, fuel: takeCount(instance) };
}

function metered(bytes: Uint8Array<ArrayBuffer>, scenario: Scenario, options?: DriverOptions) {
  const { bytes: code, report } = meter(bytes);
  const driver = new Driver(report.hidden, options);
  const imports = driver.imports({ env: { imported: (n: number) => n + 1_000 } });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(code), imports);
  driver.attach(instance);
  const glue = new Glue(instance, (fuel) => driver.charge(fuel));
  const answer = attempt(() => driver.spend(BUDGET, () => scenario(glue)));
  const fuel = instance.exports[report.hidden.fuel] as WebAssembly.Global<'i64'>;
  return { answer, driver, glue, atHand: () => Number(fuel.value), stack: instance.exports[report.hidden.stack] };
}

function attempt(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error instanceof WebAssembly.RuntimeError ? 'trap' : String(error);
  }
}

const EXACT: readonly (readonly [string, Scenario])[] = [
  ['the module calls its own functions', ({ exports }) => [0, 1, 2, 3, 4].map((i) => exports.indirect?.(i, 4))],
  ['the host calls functions that it takes out', (glue) => [0, 1, 2, 3, 4].map((i) => glue.get(i)(3))],
  [
    'functions of the host are added and called',
    (glue) =>
      glue.exports.loop?.(
        glue.addFunction((n) => n * 3),
        10,
      ),
  ],
  [
    'one that costs fuel',
    (glue) => {
      const add = glue.addFunction((n) => {
        glue.charge(7);
        return n + 1;
      });
      return [glue.exports.loop?.(add, 10), glue.get(add)(1)];
    },
  ],
  [
    'one that calls the module back, by export and by table',
    (glue) => {
      const { called, only_exported, constant } = glue.exports;
      const add = glue.addFunction((n) => {
        glue.charge(3);
        const inner = (called?.(n) ?? 0) + (only_exported?.(n) ?? 0) + (constant?.(n) ?? 0);
        return inner + glue.get(1)(n + 1) + glue.get(3)(0);
      });
      return [glue.exports.loop?.(add, 4), glue.exports.last?.(add)];
    },
  ],
  [
    'one that adds, replaces and removes others',
    (glue) => {
      const other = glue.addFunction((n) => n + 10);
      const add = glue.addFunction((n) => {
        glue.removeFunction(other);
        glue.addFunction((m) => m + 20 + n);
        glue.table.set(0, glue.table.get(1));
        return n;
      });
      return [
        glue.exports.loop?.(other, 3),
        glue.exports.loop?.(add, 3),
        glue.exports.loop?.(other, 3),
        glue.get(0)(9),
      ];
    },
  ],
  [
    'exports are placed, and functions of the module moved',
    (glue) => {
      glue.table.set(0, glue.exports.only_exported);
      glue.table.set(1, glue.exports.constant);
      glue.table.set(7, glue.table.get(4));
      return [0, 1, 7].map((index) => [glue.exports.loop?.(index, 3), glue.get(index)(2), glue.exports.last?.(index)]);
    },
  ],
  [
    'the last thing that a function does is such a call',
    (glue) => {
      const add = glue.addFunction((n) => {
        glue.charge(2);
        return n + glue.get(1)(4);
      });
      return [0, 1, 2, 4, add].map((index) => [
        glue.exports.tail?.(index),
        glue.exports.last?.(index),
        glue.get(6)(index),
      ]);
    },
  ],
];

describe('a table that the host uses, to the unit, when', () => {
  test.each(EXACT)('%s', (_, scenario) => {
    for (const bytes of [MODULE, CATCHING]) {
      const expected = counted(bytes, scenario);
      const { answer, driver, atHand, stack } = metered(bytes, scenario);
      expect(answer).toEqual(expected.answer);
      expect(driver.used).toBe(expected.fuel);
      expect(driver.granted - atHand(), 'by the global itself').toBe(expected.fuel);
      expect((stack as WebAssembly.Global).value, 'the stack is whole again').toBe(32_000);
    }
  });

  test.each(EXACT)('%s, in slices of a few instructions', (_, scenario) => {
    const expected = counted(MODULE, scenario);
    const { answer, driver } = metered(MODULE, scenario, { firstSlice: 20, largestSlice: 50 });
    expect(answer).toEqual(expected.answer);
    expect(driver.used).toBe(expected.fuel);
    expect(driver.refills).toBeGreaterThan(0);
  });

  test.each([
    ['by a function above', 'rescue'],
    ['where it was called', 'rescue_here'],
  ])('an exception of the host is caught %s', (_, rescue) => {
    const scenario: Scenario = (glue) => {
      const add = glue.addFunction((n) => {
        glue.charge(5 + (glue.exports.called?.(n) ?? 0));
        throw new Error('from the host');
      });
      const throws = glue.addFunction((n) => glue.exports.throws?.(n) ?? 0);
      glue.table.set(7, glue.exports.throws);
      return [add, throws, 7, 1, 6].map((index) => glue.exports[rescue]?.(index));
    };
    const expected = counted(CATCHING, scenario);
    const { answer, driver, atHand } = metered(CATCHING, scenario);
    expect(answer).toEqual(expected.answer);
    expect(driver.used).toBe(expected.fuel);
    expect(driver.granted - atHand()).toBe(expected.fuel);
  });
});

describe('a call through it that ends otherwise', () => {
  const throwing = (glue: Glue): number =>
    glue.addFunction(() => {
      throw new Error('from the host');
    });

  test.each<readonly [string, Scenario]>([
    ['a trap in a function that the module calls', ({ exports }) => exports.indirect?.(5, 1)],
    ['a trap in a function that the host calls', (glue) => glue.get(5)(1)],
    ['an exception of a function that the host placed', (glue) => glue.exports.loop?.(throwing(glue), 3)],
    ['the same below a function that the host took out', (glue) => glue.get(3)(throwing(glue))],
  ])('%s takes the fuel along', (_, scenario) => {
    const expected = counted(MODULE, scenario);
    const { answer, driver, glue, atHand } = metered(MODULE, scenario);
    expect(answer).toEqual(expected.answer);
    expect(driver.used).toBe(driver.granted);
    expect(driver.granted).toBeGreaterThanOrEqual(expected.fuel);
    expect(atHand()).toBe(0);
    // The next call starts anew.
    expect(driver.spend(BUDGET, () => glue.exports.indirect?.(0, 5))).toBe(10);
    expect(driver.used).toBe(counted(MODULE, ({ exports }) => exports.indirect?.(0, 5)).fuel);
  });

  test.each<readonly [string, (glue: Glue) => unknown]>([
    ['in a call by export', ({ exports }) => exports.indirect?.(5, 1)],
    ['in a call by table', (glue) => glue.get(5)(1)],
    ['in an exception of its own', (glue) => glue.get(3)(throwing(glue))],
  ])('and that the host swallows %s lets the caller go on, for no less than it did', (_, inner) => {
    const scenario: Scenario = (glue) => {
      const add = glue.addFunction((n) => {
        attempt(() => inner(glue));
        return n;
      });
      return [glue.exports.loop?.(add, 20), glue.exports.loop?.(0, 20)];
    };
    const expected = counted(MODULE, scenario);
    const { answer, driver, stack } = metered(MODULE, scenario, { firstSlice: 1_000, largestSlice: 1_000 });
    expect(answer).toEqual(expected.answer);
    expect(driver.used).toBeGreaterThanOrEqual(expected.fuel);
    expect((stack as WebAssembly.Global).value).toBe(32_000);
  });

  test('an entry that was removed is billed in full, and the next call starts anew', () => {
    const { answer, driver, glue, atHand } = metered(MODULE, (glue) => {
      const index = glue.addFunction((n) => n);
      glue.removeFunction(index);
      return glue.exports.indirect?.(index, 1);
    });
    expect([answer, atHand()]).toEqual(['trap', 0]);
    expect(driver.spend(BUDGET, () => glue.exports.indirect?.(0, 5))).toBe(10);
    expect(driver.used).toBe(counted(MODULE, ({ exports }) => exports.indirect?.(0, 5)).fuel);
  });

  test('a guest that only goes through a function of the host is stopped', () => {
    const { answer, driver } = metered(MODULE, (glue) => {
      const add = glue.addFunction((n) => n);
      return glue.exports.loop?.(add, 2_000_000_000);
    });
    expect(answer).toBe('trap');
    expect(driver.refused).toBe(true);
  });
});
