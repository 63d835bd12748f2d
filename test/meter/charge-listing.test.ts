/** The listing of charges: it says what the rewriting does, instruction by instruction. */
import { describe, expect, test } from 'vitest';
import { PROGRAMS, readProgram } from '../../bench/programs/programs.ts';
import { chargeTotals, type ListedItem, listCharges, meter } from '../../engine/meter/index.ts';
import { checkModule } from '../../engine/validate/index.ts';
import { decodeInstructions, decodeModule } from '../../engine/wasm/index.ts';
import { assembleWithWabt } from '../support/toolchains.ts';

/** The items of the first defined function, with the instruction that each stands at instead of its offset. */
function itemsOf(text: string): object[] {
  const bytes = assembleWithWabt(text);
  const [first] = [...listCharges(checkModule(bytes))];
  const { bodies } = decodeModule(bytes);
  const instructions = new Map(
    bodies.flatMap(({ code }) => [...decodeInstructions(bytes, code)]).map(({ offset, row }) => [offset, row.name]),
  );
  return (first?.items ?? []).map(({ offset, ...item }: ListedItem) => ({ ...item, at: instructions.get(offset) }));
}

describe('the totals of the listing are those of the report of the meter', () => {
  test.each(PROGRAMS)('$name', (program) => {
    const bytes = readProgram(program);
    const totals = chargeTotals(listCharges(checkModule(bytes)));
    const { report } = meter(bytes);
    expect({
      functions: totals.functions,
      constantFunctions: totals.constantFunctions,
      charges: totals.charges,
      entryChecks: totals.checks.entry,
      loopChecks: totals.checks.loop,
    }).toEqual({
      functions: report.functions,
      constantFunctions: report.constantFunctions,
      charges: report.chargePoints,
      entryChecks: report.entryChecks,
      loopChecks: report.checks,
    });
  });
});

test('a call at a fixed price is part of the charges of its caller', () => {
  const text = `(module (memory 1)
    (func $caller (param $n i32) (call $callee) (i32.store (i32.const 0) (memory.grow (local.get $n))))
    (func $callee))`;
  expect(itemsOf(text)).toEqual(
    [
      { kind: 'constant-call', callee: 1, fuel: 1, at: 'call' },
      { kind: 'check', why: 'operand', at: 'memory.grow' },
      // Entry 1, call 4 and the callee's 1, four simple instructions, memory.grow 200.
      { kind: 'charge', why: 'exit', place: 'before', fuel: 209, at: 'end' },
    ].map((item) => expect.objectContaining(item)),
  );
});

test('recursion looks on entry, and again behind calls where much follows', () => {
  const work = '(local.set $n (i32.add (local.get $n) (i32.const 1)))'.repeat(200);
  const items = itemsOf(`(module (func $f (param $n i32)
    (if (local.get $n) (then (call $f (i32.sub (local.get $n) (i32.const 1))) ${work}))))`);
  expect(items[0]).toEqual({ kind: 'check', why: 'entry', at: 'local.get' });
  expect(items).toContainEqual({ kind: 'check', why: 'call', at: 'call' });
});

test('handlers, calls of imports and loops that cannot count look at the fuel', () => {
  const items = itemsOf(`(module (import "env" "f" (func $f)) (tag $t) (memory 1)
    (func (param $p i32)
      (try (do (call $f)) (catch $t) (catch_all))
      (loop $l (br_if $l (local.tee $p (i32.load (local.get $p)))))))`);
  expect(items.filter((item) => 'why' in item && 'kind' in item && item.kind === 'check')).toEqual([
    { kind: 'check', why: 'entry', at: 'try' },
    { kind: 'check', why: 'outside', at: 'call' },
    { kind: 'check', why: 'handler', at: 'catch' },
    { kind: 'check', why: 'handler', at: 'catch_all' },
    { kind: 'check', why: 'loop', at: 'loop' },
  ]);
});

test('prices of its own change what is listed', () => {
  const valid = checkModule(assembleWithWabt('(module (memory 1) (func (drop (memory.grow (i32.const 1)))))'));
  const fuelOf = (costs: Record<string, number>): number =>
    [...listCharges(valid, { costs })]
      .flatMap(({ items }) => items)
      .reduce((sum, item) => sum + ('fuel' in item ? item.fuel : 0), 0);
  expect(fuelOf({ 'memory.grow': 1_000 }) - fuelOf({})).toBe(800);
});

describe('counting loops look before they start', () => {
  const loop = `(local.set $i (i32.const 0))
    (loop $l (local.set $x (i32.add (local.get $x) (i32.load8_u (local.get $i))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100))))`;
  const call = '(call $other)';
  const looks = (body: string): { looksFirst: unknown; iterations: unknown }[] =>
    itemsOf(`(module (memory 1)
      (func $f (param $n i32) (local $i i32) (local $x i32) ${body} (i32.store (i32.const 0) (local.get $x)))
      (func $other (if (i32.load (i32.const 0)) (then (i32.store (i32.const 0) (i32.const 1))))))`)
      .map((item) => ({ looksFirst: undefined, iterations: undefined, kind: '', ...item }))
      .filter(({ kind }) => kind === 'counted-loop');
  const around = (body: string): string =>
    `(loop $o ${body} (br_if $o (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))`;

  test.each<[string, string, readonly boolean[]]>([
    ['not at the start of a function', `${loop} ${call}`, [false]],
    ['behind a call', `${loop} ${call} ${loop}`, [false, true]],
    ['not at the start of a loop that looks each time round', around(`${loop} ${call}`), [false]],
    ['behind a call in such a loop', around(`${call} ${loop}`), [true]],
    ['not behind a loop without calls', around(loop) + loop, [false, false]],
    ['behind a loop with calls', around(call) + loop, [true]],
    ['where there are so many that each would have to stop often', loop.repeat(200), Array(200).fill(true)],
  ])('%s', (_, body, expected) => {
    expect(looks(body).map(({ looksFirst }) => looksFirst)).toEqual(expected);
  });

  test('the more of them do not, the more often each looks', () => {
    const [one, eight] = [looks(loop), looks(loop.repeat(8))].map(([first]) => Number(first?.iterations));
    expect(eight).toBe(Math.floor(Number(one) / 2));
  });
});

test('a table that is exported counts only where it is said to stay inside', () => {
  const bytes = assembleWithWabt(`(module (type $v (func)) (table (export "t") 1 funcref) (elem (i32.const 0) $g)
    (func $f (param $n i32) (if (local.get $n) (then (call_indirect (type $v) (i32.const 0)))))
    (func $g (if (i32.const 1) (then (nop)))))`);
  const entryChecks = (exportTables: boolean): number[] => [
    chargeTotals(listCharges(checkModule(bytes), { exportTables })).checks.entry,
    meter(bytes, { exportTables }).report.entryChecks,
  ];
  expect(entryChecks(true)).toEqual([1, 1]);
  expect(entryChecks(false)).toEqual([0, 0]);
});
