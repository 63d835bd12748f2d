/** The parts of a module that change with its functions: segments, imports, and what the meter adds beside them. */
import type { ElementSegment, Export, Global, Import } from '../wasm/module.ts';
import { FUNCREF } from '../wasm/types.ts';
import { Assembler, OP } from './assembler.ts';
import type { ExpressionPool } from './constant-references.ts';
import { type CounterGlobals, NOTHING } from './counter.ts';
import type { EngineNames, HiddenNames } from './report.ts';
import type { SupportFunctions } from './support-functions.ts';
import type { TypePlan } from './type-plan.ts';

export function declare(functions: ReadonlySet<number>): ElementSegment {
  return {
    flags: 3,
    mode: 'declarative',
    tableIndex: 0,
    at: undefined,
    type: FUNCREF,
    items: { kind: 'functions', indices: Uint32Array.from(functions) },
    offset: 0,
  };
}

export function mapElements(
  segment: ElementSegment,
  pool: ExpressionPool,
  mapFunction: (funcIndex: number) => number,
): ElementSegment {
  const { items } = segment;
  const at = segment.at && pool.copy(segment.at);
  if (items.kind === 'functions')
    return { ...segment, at, items: { kind: 'functions', indices: items.indices.map(mapFunction) } };
  return {
    ...segment,
    at,
    items: { kind: 'expressions', expressions: items.expressions.map((item) => pool.map(item, mapFunction)) },
  };
}

export function mapImports(
  imports: readonly Import[],
  types: TypePlan,
  refill: HiddenNames['refill'],
  refillType: number,
): Import[] {
  const mapped = imports.map((item): Import => {
    const { type } = item;
    if (type.kind !== 'func' && type.kind !== 'tag') return item;
    return { ...item, type: { kind: type.kind, typeIndex: types.original(type.typeIndex) } };
  });
  // The last import, so that it is the last imported function whatever else is imported.
  if (refill !== undefined) mapped.push({ ...refill, type: { kind: 'func', typeIndex: refillType }, offset: 0 });
  return mapped;
}

export function hiddenExports(
  hidden: HiddenNames | EngineNames,
  support: SupportFunctions,
  globals: CounterGlobals,
  stackWords: number,
): Export[] {
  const exported = (name: string, index: number): Export => ({ name, kind: 'func', index, offset: 0 });
  const getFuel = exported(hidden.getFuel, support.getFuel());
  const forAll =
    'fuel' in hidden
      ? [
          { ...exported(hidden.fuel, globals.fuel), kind: 'global' as const },
          { ...exported(hidden.stack, globals.stack), kind: 'global' as const },
          getFuel,
          exported(hidden.setFuel, support.setFuel()),
        ]
      : [getFuel];
  return [...forAll, exported(hidden.spend, support.spend()), exported(hidden.begin, support.begin(stackWords))];
}

/** The globals behind the module's own: fuel starts at zero, so that nothing runs before the host gave some. */
export function counterGlobals(
  pool: ExpressionPool,
  stackWords: number,
  support: SupportFunctions,
  { passed }: CounterGlobals,
): Global[] {
  const zero = pool.add(new Assembler(8).i64(0).end().finish());
  const stack = pool.add(new Assembler(8).i32(stackWords).end().finish());
  const slow = pool.add(new Assembler(8).op(OP.refFunc).u32(support.slow).end().finish());
  const globals: Global[] = [
    { type: 'i64', mutable: true, init: zero, offset: 0 },
    { type: 'i32', mutable: true, init: stack, offset: 0 },
    { type: support.slowReference, mutable: false, init: slow, offset: 0 },
  ];
  if (passed !== undefined) {
    const nothing = pool.add(new Assembler(16).op(OP.i64Const).s64(NOTHING).end().finish());
    globals.push({ type: 'i64', mutable: true, init: nothing, offset: 0 });
  }
  return globals;
}
