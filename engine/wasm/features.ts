/**
 * Which WebAssembly features a module uses, and where each is used first. A linear scan over types, sections and code;
 * nothing is allocated per instruction.
 */
import { STRUCTURE, type StructureLimits } from '../limits.ts';
import { CodeBuffer, scanCode } from './code.ts';
import type { BlockType, Immediate } from './immediates.ts';
import { readInstruction } from './instructions.ts';
import type { Body, Module, Span } from './module.ts';
import { type Feature, type ImmediateKind, OPCODES, type Opcode } from './opcodes.ts';
import { Reader } from './reader.ts';
import { SECTION } from './sections/layout.ts';
import { FUNCREF, type HeapType, type Limits, type PackedType, sameType, typeName, type ValueType } from './types.ts';

export interface FeatureUse {
  /** Absolute offset of the first use. */
  readonly offset: number;
  /** What it is, for messages: "function 12: v128.load". */
  readonly what: string;
}

/** Immediates that may bring in a feature of their own, beside that of their opcode: types always… */
const TYPES: ReadonlySet<ImmediateKind> = new Set<ImmediateKind>(['block', 'types', 'heap', 'cast']);
/** …and memory and table indices where they are not 0. */
const SPACES: ReadonlySet<ImmediateKind> = new Set<ImmediateKind>(['memarg', 'memory', 'table']);
const mayBringFeature = (kind: ImmediateKind): boolean => TYPES.has(kind) || SPACES.has(kind);

/**
 * When the immediates of an instruction in a body have to be looked at closely. Bit 0: where the first scanned immediate is not
 * 0; the other bits: at each.
 */
const LOOK = { never: 0, ifFirst: 1, ifSecond: 2, ifBlockType: 4, always: 6 } as const;

/** By row id. */
const LOOKS = Uint8Array.from(OPCODES, ({ immediates: [first = 'zero', ...others] }) => {
  const rest = others.some(mayBringFeature);
  if (first === 'block' && !rest) return LOOK.ifBlockType;
  if (!mayBringFeature(first)) return rest ? (others[0] === 'table' ? LOOK.ifSecond : LOOK.always) : LOOK.never;
  return SPACES.has(first) && !rest ? LOOK.ifFirst : LOOK.always;
});
/** The same as long as the features of the opcodes themselves have not been found. */
const FIRST_LOOKS = Uint8Array.from(OPCODES, ({ id, feature }) =>
  feature === 'mvp' ? (LOOKS[id] as number) : LOOK.always,
);
const isMvp = (type: ValueType): boolean => typeof type === 'string' && type !== 'v128';

/** Block types that are one byte and MVP: none, i32, i64, f32, f64, as s33 numbers. */
const EMPTY_BLOCK = -0x40;
const LOWEST_MVP_TYPE = -0x04;

/** Arithmetic in a constant expression. */
const IS_EXTENDED_CONST = Uint8Array.from(OPCODES, ({ constant, feature, control, immediates }) =>
  constant && feature === 'mvp' && control === 'none' && immediates.length === 0 ? 1 : 0,
);

/**
 * The features that a module uses beyond the MVP, each with its first use.
 * @throws INVALID_MODULE or LIMIT_EXCEEDED for code that cannot be decoded
 */
export function featuresUsed(module: Module, limits: StructureLimits = STRUCTURE): Map<Feature, FeatureUse> {
  const uses = new FeatureUses(module);
  const code = new CodeBuffer();
  uses.scanSections();
  for (const [i, body] of module.bodies.entries()) {
    scanCode(module.bytes, body.code.start, body.code.end, code, 'function', limits, module.imported.func + i);
    uses.scanBody(i, code);
  }
  return uses.found;
}

/**
 * Keeps the first use of each feature. For those who have the code scanned already; {@link featuresUsed} for all others.
 * Sections come before bodies, and bodies in their order.
 */
export class FeatureUses {
  readonly found = new Map<Feature, FeatureUse>();
  readonly module: Module;
  readonly #expression = new CodeBuffer(16);
  readonly #looks = FIRST_LOOKS.slice();

  constructor(module: Module) {
    this.module = module;
  }

  /** Everything but the bodies. */
  scanSections(): void {
    scanTypes(this.module, this);
    scanImports(this.module, this);
    scanDefinitions(this.module, this);
    scanSegments(this.module, this);
  }

  /** @param code its scanned instructions */
  scanBody(definedFuncIndex: number, code: CodeBuffer): void {
    const { bodies, imported } = this.module;
    const { locals, span } = bodies[definedFuncIndex] as Body;
    const funcIndex = imported.func + definedFuncIndex;
    for (const { type } of locals) {
      if (!isMvp(type)) this.type(type, span.start, `a local of function ${funcIndex}`);
    }
    const { count, ids, a } = code;
    const looks = this.#looks;
    for (let i = 0; i < count; i++) {
      const look = looks[ids[i] as number] as number;
      // One test for both halves of `look`: loads and stores are common, and hardly ever of another memory.
      if (((look >> 1) | (-(look & LOOK.ifFirst) & (a[i] as number))) === 0) continue;
      if (this.#isNotable(look, a[i] as number, code, i)) this.#scanInstruction(code, i, 'function', funcIndex);
    }
  }

  scanExpression({ start, end }: Span, what: string): void {
    const code = this.#expression;
    scanCode(this.module.bytes, start, end, code, what);
    for (let i = 0; i < code.count; i++) {
      const id = code.ids[i] as number;
      if (IS_EXTENDED_CONST[id] === 1) {
        this.add('extended-const', code.starts[i] as number, `${what}: ${OPCODES[id]?.name} in a constant expression`);
      }
      this.#scanInstruction(code, i, what, undefined);
    }
  }

  add(feature: Feature | undefined, offset: number, what: string): void {
    if (feature !== undefined && feature !== 'mvp' && !this.found.has(feature))
      this.found.set(feature, { offset, what });
  }

  type(type: ValueType | PackedType, offset: number, what: string): void {
    this.add(this.#featureOf(type), offset, `${what} has the type ${typeName(type)}`);
  }

  heap(heap: HeapType, offset: number, what: string): void {
    this.type({ kind: 'ref', nullable: true, heap }, offset, what);
  }

  limits({ shared, is64, pageSizeLog2 }: Limits, offset: number, what: string): void {
    if (shared) this.add('threads', offset, `${what} is shared`);
    if (is64) this.add('memory64', offset, `${what} has 64-bit addresses`);
    if (pageSizeLog2 !== undefined) this.add('custom-page-sizes', offset, `${what} states a page size`);
  }

  #isNotable(look: number, first: number, { starts }: CodeBuffer, i: number): boolean {
    switch (look) {
      case LOOK.ifFirst:
        return first !== 0;
      case LOOK.ifSecond: {
        // Zero is written in one byte, or at its end with a byte before it that goes on.
        const { bytes } = this.module;
        const end = starts[i + 1] as number;
        return bytes[end - 1] !== 0 || (bytes[end - 2] as number) >= 0x80;
      }
      case LOOK.ifBlockType:
        return first !== EMPTY_BLOCK && (first >= 0 || first < LOWEST_MVP_TYPE);
      default:
        return true;
    }
  }

  /** Looks closely at one instruction. */
  #scanInstruction(code: CodeBuffer, i: number, what: string, number: number | undefined): void {
    const { ids, starts, a } = code;
    const id = ids[i] as number;
    const { feature, name } = OPCODES[id] as Opcode;
    const start = starts[i] as number;
    const title = `${what}${number === undefined ? '' : ` ${number}`}: ${name}`;
    this.add(feature, start, title);
    const look = LOOKS[id] as number;
    this.#looks[id] = look;
    if (look === LOOK.never || !this.#isNotable(look, a[i] as number, code, i)) return;
    const instruction = readInstruction(new Reader(this.module.bytes, start, starts[i + 1] as number, what, number));
    for (const immediate of instruction.immediates) scanImmediate(immediate, start, title, this);
  }

  #featureOf(type: ValueType | PackedType): Feature | undefined {
    if (type === 'v128') return 'simd';
    if (typeof type === 'string') return undefined;
    const { heap, nullable } = type;
    switch (heap) {
      case 'func':
      case 'extern':
        return nullable ? 'reference-types' : 'typed-function-references';
      case 'exn':
      case 'noexn':
        return 'exceptions';
      default: {
        const defined = typeof heap === 'number' ? this.module.types[heap] : undefined;
        return defined?.composite.kind === 'func' ? 'typed-function-references' : 'gc';
      }
    }
  }
}

function scanTypes({ recGroups }: Module, uses: FeatureUses): void {
  let typeIndex = 0;
  for (const { explicit, types } of recGroups) {
    if (explicit && types.length !== 1) {
      uses.add('gc', types[0]?.offset ?? 0, `type ${typeIndex} begins a recursion group of ${types.length} types`);
    }
    for (const { composite, explicit: declaresSub, offset } of types) {
      const what = `type ${typeIndex++}`;
      if (declaresSub) uses.add('gc', offset, `${what} declares subtyping`);
      if (composite.kind === 'func') {
        if (composite.results.length > 1)
          uses.add('multi-value', offset, `${what} has ${composite.results.length} results`);
        for (const type of composite.params) uses.type(type, offset, what);
        for (const type of composite.results) uses.type(type, offset, what);
      } else {
        uses.add('gc', offset, `${what} is a ${composite.kind}`);
      }
    }
  }
}

function scanImports({ imports }: Module, uses: FeatureUses): void {
  for (const [i, { type, offset }] of imports.entries()) {
    const what = `import ${i}`;
    switch (type.kind) {
      case 'table':
        scanTable(type.table, offset, what, uses);
        break;
      case 'memory':
        uses.limits(type.limits, offset, what);
        break;
      case 'global':
        uses.type(type.global.type, offset, what);
        break;
      case 'tag':
        uses.add('exceptions', offset, `${what} is a tag`);
        break;
      default:
    }
  }
}

function scanTable(
  { element, limits }: { element: ValueType; limits: Limits },
  offset: number,
  what: string,
  uses: FeatureUses,
): void {
  if (!sameType(element, FUNCREF)) uses.type(element, offset, what);
  uses.limits(limits, offset, what);
}

function scanDefinitions({ tables, memories, tags, globals, imported }: Module, uses: FeatureUses): void {
  for (const [i, table] of tables.entries()) {
    const what = `table ${imported.table + i}`;
    scanTable(table, table.offset, what, uses);
    if (imported.table + i > 0) uses.add('reference-types', table.offset, `${what}: more than one table`);
    if (table.init === undefined) continue;
    uses.add('typed-function-references', table.offset, `${what} has an initial value`);
    uses.scanExpression(table.init, what);
  }
  for (const [i, { limits, offset }] of memories.entries()) {
    uses.limits(limits, offset, `memory ${imported.memory + i}`);
  }
  scanMemoryCount(uses);
  for (const [i, { offset }] of tags.entries()) uses.add('exceptions', offset, `tag ${imported.tag + i}`);
  for (const [i, { type, init, offset }] of globals.entries()) {
    const what = `global ${imported.global + i}`;
    uses.type(type, offset, what);
    uses.scanExpression(init, what);
  }
}

function scanMemoryCount(uses: FeatureUses): void {
  const { imports, memories } = uses.module;
  const offsets = [
    ...imports.filter(({ type }) => type.kind === 'memory').map(({ offset }) => offset),
    ...memories.map(({ offset }) => offset),
  ];
  const second = offsets[1];
  if (second !== undefined) uses.add('multi-memory', second, 'a second memory');
}

function scanSegments({ elements, data, dataCount, sections }: Module, uses: FeatureUses): void {
  for (const [i, { mode, tableIndex, at, type, items, offset }] of elements.entries()) {
    const what = `element segment ${i}`;
    if (mode === 'passive') uses.add('bulk-memory', offset, `${what} is passive`);
    if (mode === 'declarative') uses.add('reference-types', offset, `${what} is declarative`);
    if (tableIndex !== 0) uses.add('reference-types', offset, `${what} fills table ${tableIndex}`);
    if (!sameType(type, FUNCREF)) uses.type(type, offset, what);
    if (at !== undefined) uses.scanExpression(at, what);
    if (items.kind === 'expressions') for (const item of items.expressions) uses.scanExpression(item, what);
  }
  if (dataCount !== undefined)
    uses.add('bulk-memory', sections[SECTION.dataCount]?.start ?? 0, 'the data count section');
  for (const [i, { mode, memoryIndex, at, offset }] of data.entries()) {
    const what = `data segment ${i}`;
    if (mode === 'passive') uses.add('bulk-memory', offset, `${what} is passive`);
    if (memoryIndex !== 0) uses.add('multi-memory', offset, `${what} fills memory ${memoryIndex}`);
    if (at !== undefined) uses.scanExpression(at, what);
  }
}

function scanImmediate(immediate: Immediate, offset: number, what: string, uses: FeatureUses): void {
  switch (immediate.kind) {
    case 'block':
      scanBlockType(immediate.value, offset, what, uses);
      break;
    case 'types':
      for (const type of immediate.value) uses.type(type, offset, what);
      break;
    case 'heap':
      uses.heap(immediate.value, offset, what);
      break;
    case 'cast':
      uses.type(immediate.value.from, offset, what);
      uses.type(immediate.value.to, offset, what);
      break;
    case 'memarg':
      if (immediate.value.memory !== 0) uses.add('multi-memory', offset, `${what} of memory ${immediate.value.memory}`);
      break;
    case 'memory':
      if (immediate.value !== 0) uses.add('multi-memory', offset, `${what} of memory ${immediate.value}`);
      break;
    case 'table':
      if (immediate.value !== 0) uses.add('reference-types', offset, `${what} of table ${immediate.value}`);
      break;
    default:
  }
}

function scanBlockType(type: BlockType, offset: number, what: string, uses: FeatureUses): void {
  if (type === 'empty') return;
  if (typeof type !== 'number') {
    uses.type(type, offset, what);
    return;
  }
  const composite = uses.module.types[type]?.composite;
  if (composite?.kind === 'func' && (composite.params.length > 0 || composite.results.length > 1)) {
    uses.add('multi-value', offset, `${what} has parameters or several results`);
  }
}
