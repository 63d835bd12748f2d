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
  type ExternKind,
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
const INDENTS: readonly string[] = Array.from({ length: DEEPEST + 1 }, (_, depth) => INDENT.repeat(depth));
/** Where comments begin, unless the line is longer. */
const COMMENT_COLUMN = 38;
const ANY: InstructionLimits = { brTableTargets: Number.POSITIVE_INFINITY };

const OPENS: ReadonlySet<Control> = new Set<Control>(['block', 'loop', 'if', 'try', 'try-table']);
const CLOSES: ReadonlySet<Control> = new Set<Control>(['end', 'delegate']);
/** Stand one step out and leave the depth as it is. */
const DIVIDES: ReadonlySet<Control> = new Set<Control>(['else', 'catch', 'catch-all']);

/** What an identifier of the text format may consist of. */
const IDENTIFIER = /^[!#$%&'*+\-./0-9:<=>?@A-Z\\^_`a-z|~]+$/;

/** Takes one line of text, without its line break. */
type Emit = (line: string) => void;

/** The longest text that is put into one string: half a gigabyte is where JavaScript engines throw errors of their own. */
const MAX_TEXT = 64 * 1024 * 1024;

/**
 * The whole module as text.
 * @throws INVALID_MODULE where code cannot be decoded, LIMIT_EXCEEDED for text of more than 64 Mi characters (hand such
 *   modules to {@link printLines})
 *
 * @example
 * printModule(decodeModule(bytes)); // "(module\n  (type (;0;) (func …"
 */
export function printModule(module: Module, options: PrintOptions = {}): string {
  return collect((emit) => printLines(module, emit, options));
}

/**
 * The whole module as text, line by line, so that none but the current line need be in memory.
 * @throws INVALID_MODULE where code cannot be decoded
 */
export function printLines(module: Module, emit: (line: string) => void, options: PrintOptions = {}): void {
  const label = functionLabels(module);
  emit('(module');
  printSections(module, label, options, (line) => emit(INDENT + line));
  emit(')');
}

/**
 * One function as text; an imported one as its import.
 * @param funcIndex in the function index space, imports first
 * @throws INVALID_OPTION for an index that does not exist, INVALID_MODULE where its code cannot be decoded,
 *   LIMIT_EXCEEDED as printModule does
 */
export function printFunction(module: Module, funcIndex: number, options: PrintOptions = {}): string {
  const print = functionPrinter(module, options);
  return collect((emit) => print(funcIndex, emit));
}

/**
 * Prints functions of a module line by line, as many as one likes: names are read once.
 * @returns a function that throws as {@link printFunction} does, but for LIMIT_EXCEEDED
 */
export function functionPrinter(
  module: Module,
  options: PrintOptions = {},
): (funcIndex: number, emit: (line: string) => void) => void {
  const label = functionLabels(module);
  const total = module.imported.func + module.functions.length;
  return (funcIndex, emit) => {
    if (!Number.isInteger(funcIndex) || funcIndex < 0 || funcIndex >= total) {
      throw new RingfenceError(
        'INVALID_OPTION',
        `Expected the index of a function, from 0 to ${total - 1}, got ${funcIndex}`,
        { details: { funcIndex, functions: total } },
      );
    }
    if (funcIndex >= module.imported.func) printDefinedFunction(module, funcIndex, label, options, emit);
    else emit(printImports(module, label, 'func')[funcIndex] as string);
  };
}

function collect(print: (emit: Emit) => void): string {
  const lines: string[] = [];
  let size = 0;
  print((line) => {
    size += line.length + 1;
    if (size > MAX_TEXT) {
      throw new RingfenceError(
        'LIMIT_EXCEEDED',
        `Text of the module: at most ${MAX_TEXT} characters fit in one string`,
        {
          details: { limit: 'text', allowed: MAX_TEXT },
        },
      );
    }
    lines.push(line);
  });
  return `${lines.join('\n')}\n`;
}

function printSections(module: Module, label: FunctionLabel, options: PrintOptions, emit: Emit): void {
  const { bytes, imported } = module;
  const print = new ExpressionPrinter(bytes, label);
  printTypes(module, emit);
  printImports(module, label).forEach(emit);
  for (const [i, table] of module.tables.entries()) {
    const init = table.init === undefined ? '' : ` ${print.bare(table.init)}`;
    emit(`(table (;${imported.table + i};) ${printTableType(table)}${init})`);
  }
  for (const [i, { limits }] of module.memories.entries()) {
    emit(`(memory (;${imported.memory + i};) ${printLimits(limits)})`);
  }
  for (const [i, { typeIndex }] of module.tags.entries()) emit(`(tag (;${imported.tag + i};) (type ${typeIndex}))`);
  for (const [i, global] of module.globals.entries()) {
    emit(`(global (;${imported.global + i};) ${printGlobalType(global)} ${print.bare(global.init)})`);
  }
  for (const { name, kind, index } of module.exports) {
    emit(`(export ${quote(name)} (${kind} ${kind === 'func' ? label(index) : index}))`);
  }
  if (module.start !== undefined) emit(`(start ${label(module.start.funcIndex)})`);
  for (const [i, segment] of module.elements.entries()) emit(printElementSegment(segment, i, print, label));
  for (let i = 0; i < module.functions.length; i++) {
    printDefinedFunction(module, imported.func + i, label, options, emit);
  }
  for (const [i, segment] of module.data.entries()) emit(printDataSegment(segment, i, print, bytes));
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

function printTypes({ recGroups }: Module, emit: Emit): void {
  let typeIndex = 0;
  for (const { explicit, types } of recGroups) {
    if (explicit) emit('(rec');
    for (const type of types) emit(`${explicit ? INDENT : ''}(type (;${typeIndex++};) ${printSubType(type)})`);
    if (explicit) emit(')');
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

/** One line for each import, or for those of one kind, by their index. */
function printImports({ imports }: Module, label: FunctionLabel, only?: ExternKind): string[] {
  const next: Record<ExternKind, number> = { func: 0, table: 0, memory: 0, global: 0, tag: 0 };
  const lines: string[] = [];
  for (const { module, name, type } of imports) {
    const index = next[type.kind]++;
    if (only !== undefined && type.kind !== only) continue;
    const id = type.kind === 'func' ? functionId(index, label) : `(;${index};)`;
    lines.push(`(import ${quote(module)} ${quote(name)} (${type.kind} ${id} ${printImportType(type)}))`);
  }
  return lines;
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

function printDefinedFunction(
  module: Module,
  funcIndex: number,
  label: FunctionLabel,
  options: PrintOptions,
  emit: Emit,
): void {
  const type = functionTypeOf(module, funcIndex);
  const words = ['(func', functionId(funcIndex, label), `(type ${typeIndexOf(module, funcIndex)})`];
  if (type !== undefined) words.push(...signatureWords(type));
  emit(words.join(' '));
  const body = module.bodies[funcIndex - module.imported.func];
  if (body !== undefined) printBody(module.bytes, body, funcIndex, label, options, emit);
  emit(')');
}

function printBody(
  bytes: Uint8Array,
  { locals, code }: Body,
  funcIndex: number,
  label: FunctionLabel,
  { offsets = false, note }: PrintOptions,
  emit: Emit,
): void {
  for (const { count, type } of locals) emit(`${INDENT}(local${` ${printValueType(type)}`.repeat(count)})`);
  let depth = 1;
  for (const instruction of decodeInstructions(bytes, code, `function ${funcIndex}`, ANY)) {
    const { control } = instruction.row;
    if (CLOSES.has(control)) depth--;
    // The function's own `end` is its closing parenthesis.
    const isLast = depth === 0 && control === 'end';
    const line = isLast
      ? ''
      : indentOf(DIVIDES.has(control) ? depth - 1 : depth) + printInstruction(instruction, label);
    const commented = withComment(line, offsets ? hex(instruction.offset) : undefined, note?.(instruction, funcIndex));
    if (commented !== '') emit(commented);
    if (OPENS.has(control)) depth++;
  }
}

function indentOf(depth: number): string {
  return INDENTS[Math.max(1, Math.min(depth, DEEPEST))] as string;
}

/** "line      ;; offset note": comments stand in one column. */
function withComment(line: string, offset: string | undefined, note: string | undefined): string {
  if (offset === undefined && note === undefined) return line;
  const comment = [offset, note].filter((part) => part !== undefined).join(' ');
  return `${line.padEnd(COMMENT_COLUMN)}  ;; ${comment.replaceAll('\n', ' ')}`;
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
/** Each byte as it stands in a string of the text format. */
const QUOTED: readonly string[] = Array.from({ length: 0x100 }, (_, byte) => {
  const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;
  return plain ? String.fromCharCode(byte) : `\\${byte.toString(16).padStart(2, '0')}`;
});

function quote(text: string): string {
  return quoteBytes(utf8.encode(text));
}

function quoteBytes(bytes: Uint8Array): string {
  const characters = Array.from(bytes, (byte) => QUOTED[byte] as string);
  return `"${characters.join('')}"`;
}
