/**
 * A minimal valid module for every row of the opcode table: one function whose parameters are the operands that the row
 * claims and whose results are its results, so that V8's verdict proves the row. What the row leaves open (`*`, `ref`)
 * stands in RECIPES.
 */
import type { Immediate } from '../../engine/wasm/immediates.ts';
import { encodeInstruction } from '../../engine/wasm/instructions.ts';
import { type ImmediateKind, OPCODES, type Opcode, opcode } from '../../engine/wasm/opcodes.ts';
import { encodeTypes } from '../../engine/wasm/sections/types.ts';
import {
  type ArrayType,
  type CompositeType,
  EXTERNREF,
  FUNCREF,
  type FunctionType,
  type HeapType,
  type RefType,
  type StructType,
  type ValueType,
} from '../../engine/wasm/types.ts';
import { Writer } from '../../engine/wasm/writer.ts';
import { body, leb, section, vector, wasm } from './wasm-bytes.ts';

interface Recipe {
  /** Operands, pushed in front. @default the row's */
  readonly params?: readonly ValueType[];
  readonly results?: readonly ValueType[];
  /** Values of immediates; those not given are 0, empty or the like. */
  readonly immediates?: Partial<Record<ImmediateKind, Immediate['value'] | readonly Immediate['value'][]>>;
  /** Instructions between the operands and the opcode, and behind it. */
  readonly before?: readonly string[];
  readonly after?: readonly string[];
  /** False where the function's parameters are not pushed. @default true */
  readonly push?: boolean;
}

const ref = (heap: HeapType): RefType => ({ kind: 'ref', nullable: false, heap });
const nullable = (heap: HeapType): RefType => ({ kind: 'ref', nullable: true, heap });

const func = (params: readonly ValueType[] = [], results: readonly ValueType[] = []): FunctionType => ({
  kind: 'func',
  params,
  results,
});
const array = (type: ArrayType['field']['type']): ArrayType => ({ kind: 'array', field: { type, mutable: true } });

const FUNC = 0;
const STRUCT = 1;
const I32_ARRAY = 2;
const I8_ARRAY = 3;
const FUNC_ARRAY = 4;
const THIS = 5;
const TWO_FIELDS: StructType = {
  kind: 'struct',
  fields: [
    { type: 'i32', mutable: true },
    { type: 'i8', mutable: true },
  ],
};

const ANY = nullable('any');
const NULLABLE_STRUCT = nullable(STRUCT);
const NULLABLE_ARRAY = nullable(I32_ARRAY);
const I8S = { type: I8_ARRAY };
const I32S = { type: I32_ARRAY };
const FUNCS = { type: FUNC_ARRAY };

const RECIPES: Readonly<Record<string, Recipe>> = {
  unreachable: {},
  block: { after: ['end'] },
  loop: { after: ['end'] },
  if: { params: ['i32'], after: ['end'] },
  else: { params: ['i32'], before: ['if'], after: ['end'] },
  end: { before: ['block'] },
  br: {},
  br_if: { params: ['i32'] },
  br_table: { params: ['i32'] },
  return: {},
  call: {},
  call_indirect: { params: ['i32'] },
  drop: { params: ['i32'] },
  select: { params: ['i32', 'i32', 'i32'], results: ['i32'] },
  'local.get': { params: ['i32'], results: ['i32'], push: false },
  'local.set': { params: ['i32'] },
  'local.tee': { params: ['i32'], results: ['i32'] },
  'global.get': { results: ['i32'] },
  'global.set': { params: ['i32'] },
  try: { after: ['end'] },
  catch: { before: ['try'], after: ['end'] },
  catch_all: { before: ['try'], after: ['end'] },
  rethrow: { before: ['try', 'catch_all'], after: ['end'] },
  delegate: { before: ['try'] },
  throw: {},
  throw_ref: { params: [nullable('exn')] },
  try_table: { immediates: { catches: [{ form: 'catch_all', tag: undefined, label: 0 }] }, after: ['end'] },
  return_call: {},
  return_call_indirect: { params: ['i32'] },
  call_ref: { params: [nullable(FUNC)] },
  return_call_ref: { params: [nullable(FUNC)] },
  'ref.as_non_null': { params: [nullable(FUNC)], results: [ref(FUNC)] },
  br_on_null: { params: [nullable(FUNC)], after: ['drop'] },
  br_on_non_null: { params: [nullable(FUNC)], results: [ref(FUNC)], after: ['unreachable'] },
  select_t: { params: ['i32', 'i32', 'i32'], results: ['i32'], immediates: { types: ['i32'] } },
  'table.get': { results: [FUNCREF] },
  'table.set': { params: ['i32', FUNCREF] },
  'table.grow': { params: [FUNCREF, 'i32'] },
  'table.fill': { params: ['i32', FUNCREF, 'i32'] },
  'ref.null': { results: [FUNCREF], immediates: { heap: 'func' } },
  'ref.is_null': { params: [FUNCREF] },
  'ref.func': { results: [ref(FUNC)] },
  'ref.eq': { params: [nullable('eq'), nullable('eq')] },
  'struct.new': { params: ['i32', 'i32'], results: [ref(STRUCT)], immediates: { type: STRUCT } },
  'struct.new_default': { results: [ref(STRUCT)], immediates: { type: STRUCT } },
  'struct.get': { params: [NULLABLE_STRUCT], results: ['i32'], immediates: { type: STRUCT } },
  'struct.get_s': { params: [NULLABLE_STRUCT], immediates: { type: STRUCT, field: 1 } },
  'struct.get_u': { params: [NULLABLE_STRUCT], immediates: { type: STRUCT, field: 1 } },
  'struct.set': { params: [NULLABLE_STRUCT, 'i32'], immediates: { type: STRUCT } },
  'array.new': { params: ['i32', 'i32'], results: [ref(I32_ARRAY)], immediates: I32S },
  'array.new_default': { results: [ref(I32_ARRAY)], immediates: I32S },
  'array.new_fixed': { params: ['i32', 'i32', 'i32'], results: [ref(I32_ARRAY)], immediates: { ...I32S, count: 3 } },
  'array.new_data': { results: [ref(I8_ARRAY)], immediates: I8S },
  'array.new_elem': { results: [ref(FUNC_ARRAY)], immediates: FUNCS },
  'array.get': { params: [NULLABLE_ARRAY, 'i32'], results: ['i32'], immediates: I32S },
  'array.get_s': { params: [nullable(I8_ARRAY), 'i32'], immediates: I8S },
  'array.get_u': { params: [nullable(I8_ARRAY), 'i32'], immediates: I8S },
  'array.set': { params: [NULLABLE_ARRAY, 'i32', 'i32'], immediates: I32S },
  'array.len': { params: [nullable('array')] },
  'array.fill': { params: [NULLABLE_ARRAY, 'i32', 'i32', 'i32'], immediates: I32S },
  'array.copy': { params: [NULLABLE_ARRAY, 'i32', NULLABLE_ARRAY, 'i32', 'i32'], immediates: I32S },
  'array.init_data': { params: [nullable(I8_ARRAY), 'i32', 'i32', 'i32'], immediates: I8S },
  'array.init_elem': { params: [nullable(FUNC_ARRAY), 'i32', 'i32', 'i32'], immediates: FUNCS },
  'ref.test': { params: [ANY], immediates: { heap: STRUCT } },
  'ref.test_null': { params: [ANY], immediates: { heap: STRUCT } },
  'ref.cast': { params: [ANY], results: [ref(STRUCT)], immediates: { heap: STRUCT } },
  'ref.cast_null': { params: [ANY], results: [NULLABLE_STRUCT], immediates: { heap: STRUCT } },
  br_on_cast: { params: [ANY], results: [ANY], immediates: { cast: { label: 0, from: ANY, to: ref(STRUCT) } } },
  br_on_cast_fail: { params: [ANY], results: [ANY], immediates: { cast: { label: 0, from: ANY, to: ref('i31') } } },
  'any.convert_extern': { params: [EXTERNREF], results: [ANY] },
  'extern.convert_any': { params: [ANY], results: [EXTERNREF] },
  'ref.i31': { results: [ref('i31')] },
  'i31.get_s': { params: [nullable('i31')] },
  'i31.get_u': { params: [nullable('i31')] },
};

/** The rows that RECIPES describes and that need no description, and the other way round: both must be empty. */
export function recipeMistakes(): string[] {
  const open = (row: Opcode): boolean =>
    row.params === undefined || row.results === undefined || [...row.params, ...row.results].includes('ref');
  const mistakes = OPCODES.filter((row) => open(row) !== Object.hasOwn(RECIPES, row.name)).map(({ name }) => name);
  for (const row of OPCODES) {
    const { params, results } = RECIPES[row.name] ?? {};
    if (!agrees(row.params, params) || !agrees(row.results, results))
      mistakes.push(`${row.name}: not what the row says`);
  }
  return mistakes;
}

/** What a recipe says must be what the row says, where it says something. */
function agrees(claimed: Opcode['params'], stated: readonly ValueType[] | undefined): boolean {
  if (claimed === undefined || stated === undefined) return true;
  return (
    claimed.length === stated.length &&
    stated.every((type, i) => claimed[i] === (typeof type === 'string' ? type : 'ref'))
  );
}

/** One instruction with zero for each immediate that is not given. */
export function instruction(name: string, given: Recipe['immediates'] = {}): Uint8Array {
  const row = opcode(name);
  const immediates = row.immediates.map((kind) => ({ kind, value: given[kind] ?? usual(row, kind) }) as Immediate);
  const writer = new Writer();
  encodeInstruction(writer, { row, immediates });
  return writer.finish();
}

function usual(row: Opcode, kind: ImmediateKind): Immediate['value'] {
  switch (kind) {
    case 'block':
      return 'empty';
    case 'labels':
      return Uint32Array.of(0, 0, 0);
    case 'memarg':
      return { alignment: row.feature === 'threads' ? atomicAlignment(row.name) : 0, memory: 0, offset: 0 };
    case 'i64':
    case 'f64':
      return 0n;
    case 'v128':
    case 'lanes':
      return new Uint8Array(16);
    case 'types':
    case 'catches':
      return [];
    default:
      return 0;
  }
}

/** Atomic accesses must state their natural alignment: "i64.atomic.rmw16.add_u" is 2 bytes wide. */
function atomicAlignment(name: string): number {
  const width = /(?:rmw|load|store|wait)(8|16|32|64)/.exec(name)?.[1] ?? (name.startsWith('i64') ? '64' : '32');
  return Math.log2(Number(width) / 8);
}

/** The module for one row, and where its code is. */
export function moduleFor(row: Opcode): Uint8Array<ArrayBuffer> {
  const recipe = RECIPES[row.name] ?? {};
  const fixed = (types: Opcode['params']): ValueType[] => (types ?? []).filter((type) => type !== 'ref');
  const params = recipe.params ?? fixed(row.params);
  const results = recipe.results ?? fixed(row.results);
  const operands = recipe.push === false ? [] : params.flatMap((_, i) => [0x20, i]);
  const code = [
    ...operands,
    ...(recipe.before ?? []).flatMap((name) => [...instruction(name)]),
    ...instruction(row.name, recipe.immediates),
    ...(recipe.after ?? []).flatMap((name) => [...instruction(name)]),
    0x0b,
  ];
  // V8 takes GC types only where they are defined: they are in every module, which does no harm.
  const types = [func(), TWO_FIELDS, array('i32'), array('i8'), array(FUNCREF), func(params, results)];
  return wasm(
    section(1, typeSection(types)),
    section(3, vector([FUNC], [THIS])),
    section(4, vector([0x70, 0, 1])),
    section(5, vector([0, 1])),
    section(13, vector([0, FUNC])),
    section(6, vector([0x7f, 1, 0x41, 0, 0x0b])),
    section(9, vector([1, 0, ...vector([0])])),
    section(12, leb(1)),
    section(10, vector(body([0x0b]), body(code))),
    section(11, vector([1, 0])),
  );
}

function typeSection(composites: readonly CompositeType[]): Uint8Array {
  const writer = new Writer();
  const types = composites.map((composite) => ({ composite, final: true, explicit: false, supertypes: [], offset: 0 }));
  encodeTypes(
    writer,
    types.map((type) => ({ explicit: false, types: [type] })),
  );
  return writer.finish();
}
