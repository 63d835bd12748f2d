/**
 * Modules and functions as WebAssembly text, one instruction a line, indented by block. What assemblers read back gives
 * the same module. Modules need not be valid: indices that lead nowhere are printed as they are.
 */
import { RingfenceError } from '../errors.ts';
import { moduleNames } from './custom-sections.ts';
import type { InstructionLimits } from './immediates.ts';
import { decodeInstructions, type Instruction } from './instructions.ts';
import {
  type Body,
  type DataSegment,
  type ElementSegment,
  type Expression,
  functionTypeOf,
  type GlobalType,
  type ImportType,
  type Module,
  type TableType,
  typeIndexOf,
} from './module.ts';
import type { Control } from './opcodes.ts';
import { type FunctionLabel, printInstruction, printRefType, printValueType } from './print-instruction.ts';
import { hex } from './reader.ts';
import type { CompositeType, FieldType, FunctionType, Limits, SubType, ValueType } from './types.ts';

export interface PrintOptions {
  /** Ends each instruction's line with its offset in the module, as a comment. @default false */
  readonly offsets?: boolean;
  /** What else to say about an instruction, as a comment at its line's end; undefined for nothing. */
  readonly note?: (instruction: Instruction, funcIndex: number) => string | undefined;
}

const INDENT = '  ';
/** Deeper nesting is drawn at this depth: a line of blanks for each of a million blocks would be a quadratic text. */
const DEEPEST = 100;
/** Where comments begin, unless the line is longer. */
const COMMENT_COLUMN = 38;
const ANY: InstructionLimits = { brTableTargets: Number.POSITIVE_INFINITY };

const OPENS: ReadonlySet<Control> = new Set<Control>(['block', 'loop', 'if', 'try', 'try-table']);
const CLOSES: ReadonlySet<Control> = new Set<Control>(['end', 'delegate']);
/** Stand one step out and leave the depth as it is. */
const DIVIDES: ReadonlySet<Control> = new Set<Control>(['else', 'catch', 'catch-all']);

/** What an identifier of the text format may consist of. */
const IDENTIFIER = /^[!#$%&'*+\-./0-9:<=>?@A-Z\\^_`a-z|~]+$/;

/**
 * The whole module as text.
 * @throws INVALID_MODULE where code cannot be decoded
 *
 * @example
 * printModule(decodeModule(bytes)); // "(module\n  (type (;0;) (func …"
 */
export function printModule(module: Module, options: PrintOptions = {}): string {
  return `${[...moduleLines(module, options)].join('\n')}\n`;
}

/**
 * One function as text; an imported one as its import.
 * @param funcIndex in the function index space, imports first
 * @throws INVALID_OPTION for an index that does not exist, INVALID_MODULE where its code cannot be decoded
 */
export function printFunction(module: Module, funcIndex: number, options: PrintOptions = {}): string {
  const total = module.imported.func + module.functions.length;
  if (!Number.isInteger(funcIndex) || funcIndex < 0 || funcIndex >= total) {
    throw new RingfenceError(
      'INVALID_OPTION',
      `Expected the index of a function, from 0 to ${total - 1}, got ${funcIndex}`,
      { details: { funcIndex, functions: total } },
    );
  }
  const label = functionLabels(module);
  if (funcIndex >= module.imported.func) return `${[...functionLines(module, funcIndex, label, options)].join('\n')}\n`;
  const line = [...importLines(module, label)].find(({ kind, index }) => kind === 'func' && index === funcIndex);
  return `${line?.text}\n`;
}

function* moduleLines(module: Module, options: PrintOptions): Generator<string> {
  const label = functionLabels(module);
  yield '(module';
  for (const line of sectionLines(module, label, options)) yield `${INDENT}${line}`;
  yield ')';
}

function* sectionLines(module: Module, label: FunctionLabel, options: PrintOptions): Generator<string> {
  const { bytes, imported } = module;
  const print = new ExpressionPrinter(bytes, label);
  yield* typeLines(module);
  for (const { text } of importLines(module, label)) yield text;
  for (const [i, table] of module.tables.entries()) {
    const init = table.init === undefined ? '' : ` ${print.bare(table.init)}`;
    yield `(table (;${imported.table + i};) ${printTableType(table)}${init})`;
  }
  for (const [i, { limits }] of module.memories.entries()) {
    yield `(memory (;${imported.memory + i};) ${printLimits(limits)})`;
  }
  for (const [i, { typeIndex }] of module.tags.entries()) yield `(tag (;${imported.tag + i};) (type ${typeIndex}))`;
  for (const [i, global] of module.globals.entries()) {
    yield `(global (;${imported.global + i};) ${printGlobalType(global)} ${print.bare(global.init)})`;
  }
  for (const { name, kind, index } of module.exports) {
    yield `(export ${quote(name)} (${kind} ${kind === 'func' ? label(index) : index}))`;
  }
  if (module.start !== undefined) yield `(start ${label(module.start.funcIndex)})`;
  for (const [i, segment] of module.elements.entries()) yield printElementSegment(segment, i, print, label);
  for (let i = 0; i < module.functions.length; i++) yield* functionLines(module, imported.func + i, label, options);
  for (const [i, segment] of module.data.entries()) yield printDataSegment(segment, i, print, bytes);
}

/** A constant expression within a line. */
class ExpressionPrinter {
  readonly #bytes: Uint8Array;
  readonly #label: FunctionLabel;

  constructor(bytes: Uint8Array, label: FunctionLabel) {
    this.#bytes = bytes;
    this.#label = label;
  }

  /** "i32.const 1 i32.const 2 i32.add", or "(i32.const 1)" where it is one instruction. */
  bare(expression: Expression): string {
    const words = [...decodeInstructions(this.#bytes, expression)]
      .slice(0, -1)
      .map((instruction) => printInstruction(instruction, this.#label));
    return words.length === 1 ? `(${words[0]})` : words.join(' ');
  }

  /** "(offset i32.const 1 …)" */
  within(keyword: string, expression: Expression): string {
    return `(${keyword} ${this.bare(expression)})`;
  }
}

function* typeLines({ recGroups }: Module): Generator<string> {
  let typeIndex = 0;
  for (const { explicit, types } of recGroups) {
    const lines = types.map((type) => `(type (;${typeIndex++};) ${printSubType(type)})`);
    if (!explicit) {
      yield* lines;
      continue;
    }
    yield '(rec';
    for (const line of lines) yield `${INDENT}${line}`;
    yield ')';
  }
}

function printSubType({ explicit, final, supertypes, composite }: SubType): string {
  const text = printComposite(composite);
  if (!explicit) return text;
  return `(${['sub', ...(final ? ['final'] : []), ...supertypes, text].join(' ')})`;
}

function printComposite(composite: CompositeType): string {
  switch (composite.kind) {
    case 'func':
      return `(${['func', ...signatureWords(composite)].join(' ')})`;
    case 'struct':
      return `(${['struct', ...composite.fields.map((field) => `(field ${printField(field)})`)].join(' ')})`;
    case 'array':
      return `(array ${printField(composite.field)})`;
  }
}

function printField({ type, mutable }: FieldType): string {
  const text = type === 'i8' || type === 'i16' ? type : printValueType(type);
  return mutable ? `(mut ${text})` : text;
}

function signatureWords({ params, results }: FunctionType): string[] {
  const group = (keyword: string, types: readonly ValueType[]): string[] =>
    types.length === 0 ? [] : [`(${[keyword, ...types.map(printValueType)].join(' ')})`];
  return [...group('param', params), ...group('result', results)];
}

interface ImportLine {
  readonly kind: ImportType['kind'];
  readonly index: number;
  readonly text: string;
}

function* importLines({ imports }: Module, label: FunctionLabel): Generator<ImportLine> {
  const next = { func: 0, table: 0, memory: 0, global: 0, tag: 0 };
  for (const { module, name, type } of imports) {
    const index = next[type.kind]++;
    const id = type.kind === 'func' ? functionId(index, label) : `(;${index};)`;
    yield {
      kind: type.kind,
      index,
      text: `(import ${quote(module)} ${quote(name)} (${type.kind} ${id} ${printImportType(type)}))`,
    };
  }
}

function printImportType(type: ImportType): string {
  switch (type.kind) {
    case 'func':
    case 'tag':
      return `(type ${type.typeIndex})`;
    case 'table':
      return printTableType(type.table);
    case 'memory':
      return printLimits(type.limits);
    case 'global':
      return printGlobalType(type.global);
  }
}

function printTableType({ element, limits }: TableType): string {
  return `${printLimits(limits)} ${printRefType(element)}`;
}

function printLimits({ min, max, shared, is64, pageSizeLog2 }: Limits): string {
  const words = [...(is64 ? ['i64'] : []), min];
  if (max !== undefined) words.push(max);
  if (shared) words.push('shared');
  if (pageSizeLog2 !== undefined) words.push(`(pagesize ${2 ** pageSizeLog2})`);
  return words.join(' ');
}

function printGlobalType({ type, mutable }: GlobalType): string {
  return mutable ? `(mut ${printValueType(type)})` : printValueType(type);
}

function printElementSegment(
  { mode, flags, tableIndex, at, type, items }: ElementSegment,
  index: number,
  print: ExpressionPrinter,
  label: FunctionLabel,
): string {
  const words = ['elem', `(;${index};)`];
  if (mode === 'declarative') words.push('declare');
  if (mode === 'active' && (flags & 2) !== 0) words.push(`(table ${tableIndex})`);
  if (at !== undefined) words.push(print.within('offset', at));
  if (items.kind === 'functions') {
    words.push('func', ...Array.from(items.indices, label));
  } else {
    words.push(printRefType(type), ...items.expressions.map((item) => print.within('item', item)));
  }
  return `(${words.join(' ')})`;
}

function printDataSegment(
  { flags, memoryIndex, at, data }: DataSegment,
  index: number,
  print: ExpressionPrinter,
  bytes: Uint8Array,
): string {
  const words = ['data', `(;${index};)`];
  if (flags === 2) words.push(`(memory ${memoryIndex})`);
  if (at !== undefined) words.push(print.within('offset', at));
  words.push(quoteBytes(bytes.subarray(data.start, data.end)));
  return `(${words.join(' ')})`;
}

function* functionLines(
  module: Module,
  funcIndex: number,
  label: FunctionLabel,
  options: PrintOptions,
): Generator<string> {
  const type = functionTypeOf(module, funcIndex);
  const words = ['(func', functionId(funcIndex, label), `(type ${typeIndexOf(module, funcIndex)})`];
  if (type !== undefined) words.push(...signatureWords(type));
  yield words.join(' ');
  const body = module.bodies[funcIndex - module.imported.func];
  if (body !== undefined) yield* bodyLines(module.bytes, body, funcIndex, label, options);
  yield ')';
}

function* bodyLines(
  bytes: Uint8Array,
  { locals, code }: Body,
  funcIndex: number,
  label: FunctionLabel,
  { offsets = false, note }: PrintOptions,
): Generator<string> {
  for (const { count, type } of locals) yield `${INDENT}(local${` ${printValueType(type)}`.repeat(count)})`;
  let depth = 1;
  for (const instruction of decodeInstructions(bytes, code, `function ${funcIndex}`, ANY)) {
    const { control } = instruction.row;
    if (CLOSES.has(control)) depth--;
    // The function's own `end` is its closing parenthesis.
    const isLast = depth === 0 && control === 'end';
    const at = DIVIDES.has(control) ? depth - 1 : depth;
    const indent = INDENT.repeat(Math.max(1, Math.min(at, DEEPEST)));
    const line = withComment(
      isLast ? '' : `${indent}${printInstruction(instruction, label)}`,
      offsets ? hex(instruction.offset) : undefined,
      note?.(instruction, funcIndex),
    );
    if (line !== '') yield line;
    if (OPENS.has(control)) depth++;
  }
}

/** "line      ;; offset note": comments stand in one column. */
function withComment(line: string, ...comments: readonly (string | undefined)[]): string {
  const given = comments.filter((comment) => comment !== undefined);
  if (given.length === 0) return line;
  return `${line.padEnd(COMMENT_COLUMN)}  ;; ${given.join(' ').replaceAll('\n', ' ')}`;
}

function functionId(funcIndex: number, label: FunctionLabel): string {
  const name = label(funcIndex);
  return name.startsWith('$') ? `${name} (;${funcIndex};)` : `(;${funcIndex};)`;
}

/** "$name" for functions whose name the text format can write, made unique with their number; else the number. */
function functionLabels(module: Module): FunctionLabel {
  const { functions } = moduleNames(module);
  const labels = new Map<number, string>();
  const taken = new Set<string>();
  for (const [funcIndex, name] of functions) {
    if (!IDENTIFIER.test(name)) continue;
    const label = taken.has(`$${name}`) ? `$${name}#${funcIndex}` : `$${name}`;
    if (taken.has(label)) continue;
    taken.add(label);
    labels.set(funcIndex, label);
  }
  return (funcIndex) => labels.get(funcIndex) ?? String(funcIndex);
}

const utf8 = new TextEncoder();

function quote(text: string): string {
  return quoteBytes(utf8.encode(text));
}

function quoteBytes(bytes: Uint8Array): string {
  let text = '"';
  for (const byte of bytes) {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;
    text += plain ? String.fromCharCode(byte) : `\\${byte.toString(16).padStart(2, '0')}`;
  }
  return `${text}"`;
}
