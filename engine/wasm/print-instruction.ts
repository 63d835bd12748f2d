/** One instruction as WebAssembly text. */
import type { BlockType, CatchClause, Immediate, MemoryArgument } from './immediates.ts';
import type { Instruction } from './instructions.ts';
import type { Opcode } from './opcodes.ts';
import type { RefType, ValueType } from './types.ts';

/** What the text calls a function: its number, or "$name". */
export type FunctionLabel = (funcIndex: number) => string;

/** The text format writes the forms of these pairs alike; what differs is in the immediates. */
const TEXT_NAMES: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  select_t: 'select',
  'ref.test_null': 'ref.test',
  'ref.cast_null': 'ref.cast',
});
/** Opcodes whose heap type is written as a whole reference type, with what the opcode says of null. */
const CASTS: Readonly<Record<string, { readonly nullable: boolean }>> = Object.assign(Object.create(null), {
  'ref.test': { nullable: false },
  'ref.test_null': { nullable: true },
  'ref.cast': { nullable: false },
  'ref.cast_null': { nullable: true },
});

/** "i32.load offset=8 align=4". Indices are numbers, except that functions are called what `label` says. */
export function printInstruction({ row, immediates }: Instruction, label: FunctionLabel = String): string {
  let line = TEXT_NAMES[row.name] ?? row.name;
  for (const immediate of inTextOrder(immediates)) {
    const text = printInContext(row, immediate, label);
    if (text !== '') line += ` ${text}`;
  }
  return line;
}

function printInContext(row: Opcode, immediate: Immediate, label: FunctionLabel): string {
  if (immediate.kind === 'heap') {
    const cast = CASTS[row.name];
    if (cast !== undefined) return printRefType({ kind: 'ref', nullable: cast.nullable, heap: immediate.value });
  }
  // Beside a table a type says what is called; alone it says what is made.
  if (immediate.kind === 'type' && row.immediates.includes('table')) return `(type ${immediate.value})`;
  return printImmediate(immediate, label);
}

/** Text names the memory or table first; the binary puts types and segments before them. Memory 0 is not named at all. */
function inTextOrder(immediates: readonly Immediate[]): readonly Immediate[] {
  if (!immediates.some(isSpace)) return immediates;
  const spaces = immediates.filter(isSpace);
  const named = spaces.every(({ kind, value }) => kind === 'memory' && value === 0) ? [] : spaces;
  return [...named, ...immediates.filter((immediate) => !isSpace(immediate))];
}

const isSpace = ({ kind }: Immediate): boolean => kind === 'memory' || kind === 'table';

function printImmediate(immediate: Immediate, label: FunctionLabel): string {
  switch (immediate.kind) {
    case 'block':
      return printBlockType(immediate.value);
    case 'func':
      return label(immediate.value);
    case 'labels':
    case 'lanes':
      return Array.from(immediate.value).join(' ');
    case 'memarg':
      return printMemoryArgument(immediate.value);
    case 'f32':
      return printF32(immediate.value);
    case 'f64':
      return printF64(immediate.value);
    case 'v128':
      return printV128(immediate.value);
    case 'types':
      return `(result ${immediate.value.map(printValueType).join(' ')})`;
    case 'catches':
      return immediate.value.map(printCatch).join(' ');
    case 'cast': {
      const { label: target, from, to } = immediate.value;
      return `${target} ${printRefType(from)} ${printRefType(to)}`;
    }
    case 'zero':
      return '';
    default:
      return String(immediate.value);
  }
}

function printBlockType(type: BlockType): string {
  if (type === 'empty') return '';
  return typeof type === 'number' ? `(type ${type})` : `(result ${printValueType(type)})`;
}

function printMemoryArgument({ alignment, memory, offset }: MemoryArgument): string {
  const words = memory === 0 ? [] : [String(memory)];
  if (offset !== 0) words.push(`offset=${offset}`);
  words.push(`align=${2 ** alignment}`);
  return words.join(' ');
}

function printCatch({ form, tag, label }: CatchClause): string {
  return tag === undefined ? `(${form} ${label})` : `(${form} ${tag} ${label})`;
}

/** "i32", "funcref", "(ref null 3)". */
export function printValueType(type: ValueType): string {
  return typeof type === 'string' ? type : printRefType(type);
}

export function printRefType({ nullable, heap }: RefType): string {
  if (nullable && (heap === 'func' || heap === 'extern')) return `${heap}ref`;
  return `(ref ${nullable ? 'null ' : ''}${heap})`;
}

const scratch = new DataView(new ArrayBuffer(8));

function printF32(bits: number): string {
  scratch.setUint32(0, bits);
  const value = scratch.getFloat32(0);
  if (Number.isNaN(value)) return printNan(bits >>> 31 === 1, BigInt(bits & 0x7f_ffff), 0x40_0000n);
  return printFinite(value, shortestF32(value));
}

function printF64(bits: bigint): string {
  scratch.setBigUint64(0, bits);
  const value = scratch.getFloat64(0);
  if (Number.isNaN(value)) return printNan(bits >> 63n === 1n, bits & 0xf_ffff_ffff_ffffn, 0x8_0000_0000_0000n);
  return printFinite(value, String(value));
}

function printNan(negative: boolean, payload: bigint, canonical: bigint): string {
  return `${negative ? '-' : ''}nan${payload === canonical ? '' : `:0x${payload.toString(16)}`}`;
}

function printFinite(value: number, digits: string): string {
  if (value === Number.POSITIVE_INFINITY) return 'inf';
  if (value === Number.NEGATIVE_INFINITY) return '-inf';
  return Object.is(value, -0) ? '-0' : digits;
}

/** The fewest digits that still mean this f32: "0.1", not "0.10000000149011612". */
function shortestF32(value: number): string {
  for (let digits = 6; digits <= 9; digits++) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return String(shorter);
  }
  return String(value);
}

function printV128(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = [0, 4, 8, 12].map((at) => `0x${view.getUint32(at, true).toString(16).padStart(8, '0')}`);
  return `i32x4 ${words.join(' ')}`;
}
