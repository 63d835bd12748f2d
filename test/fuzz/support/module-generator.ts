/** Random modules around random functions: what they share, import and export, and the calls that a test makes of them. */
import { Writer } from '../../../engine/wasm/writer.ts';
import { type Random, random } from '../../support/random.ts';
import { Code, type NumberType, type ValueKind, writeKind } from './code.ts';
import { FunctionGenerator, type Style } from './function-generator.ts';

export interface Signature {
  readonly params: readonly ValueKind[];
  readonly results: readonly ValueKind[];
}

/** What the functions of a module know of it. */
export interface World {
  /** Imports included. */
  readonly functionCount: number;
  /** By global index; all of them mutable. */
  readonly globals: readonly ValueKind[];
  /** The global that bounds how many calls there may be. */
  readonly callsLeft: number;
  readonly tags: readonly (readonly ValueKind[])[];
  readonly dataSegments: number;
  /** Index of the passive element segment. */
  readonly passiveElements: number;
  readonly callableTypes: readonly number[];
  signatureOf(funcIndex: number): Signature;
  typeIndexOf(funcIndex: number): number;
  isDefined(funcIndex: number): boolean;
  /** Where the function is in table 0 from the start. */
  slotOf(funcIndex: number): number | undefined;
  /** Functions whose results, joined by commas, are these. */
  functionsWith(results: string): readonly number[];
  functionsOfType(typeIndex: number): readonly number[];
  type(signature: Signature): number;
}

export interface Call {
  /** An exported function, or an entry of an exported table: `table0[3]`. */
  readonly name: string;
  readonly args: readonly (number | bigint)[];
}

export interface GeneratedModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly calls: readonly Call[];
}

/** The imports that modules choose from; `env` in host.ts has them. */
export const HOST_FUNCTIONS: Readonly<Record<string, Signature>> = {
  log: { params: ['i32'], results: [] },
  ask: { params: ['i32', 'f64'], results: ['i32'] },
  pair: { params: ['i64'], results: ['i64', 'f32'] },
  charge: { params: ['i32'], results: [] },
  fail: { params: ['i32'], results: [] },
  reenter: { params: ['i32'], results: ['i32'] },
  // These let references to functions leave the module, and come in.
  take: { params: ['funcref'], results: ['i32'] },
  give: { params: ['i32'], results: ['funcref'] },
};
const SHARING = new Set(['take', 'give']);

const HEADER = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);
const KIND = { func: 0, table: 1, memory: 2, global: 3, tag: 4 } as const;
const NUMBERS: readonly NumberType[] = ['i32', 'i64', 'f32', 'f64'];
const FUNCREF = 0x70;
const MUTABLE = 1;
const PASSIVE_ELEMENTS = 1;
/** Exported functions with one i32 result and no parameters are what the host calls back; a module without one has none. */
const CALLBACK: Signature = { params: [], results: ['i32'] };

/** @param seed the same seed gives the same module, on every machine */
export function generateModule(seed: number): GeneratedModule {
  return new ModuleGenerator(random(seed)).generate();
}

class ModuleGenerator {
  readonly #random: Random;
  readonly #types: Signature[] = [];
  readonly #typeKeys = new Map<string, number>();
  readonly #imports: string[] = [];
  readonly #functions: Signature[] = [];
  readonly #slots = new Map<number, number>();
  readonly #globals: ValueKind[] = [];
  readonly #tags: ValueKind[][] = [];
  /** The tables are exported. */
  #sharesTable = false;

  constructor(random: Random) {
    this.#random = random;
  }

  generate(): GeneratedModule {
    const style = this.#style();
    for (const name of Object.keys(HOST_FUNCTIONS)) {
      if (!this.#chance(SHARING.has(name) ? 8 : 2)) continue;
      if (name !== 'fail' || style.exceptions !== 'none') this.#imports.push(name);
    }
    for (const name of this.#imports) this.#functions.push(HOST_FUNCTIONS[name] as Signature);
    const defined = 2 + this.#random(6);
    for (let i = 0; i < defined; i++) this.#functions.push(this.#signature(style));
    this.#functions.push(CALLBACK);
    for (let i = this.#random(5); i > 0; i--)
      this.#globals.push(this.#pick([...NUMBERS, 'funcref' as const, 'externref' as const]));
    if (style.exceptions !== 'none') {
      this.#tags.push(['i32'], [], ['i64', 'f64']);
    }
    for (let f = 0; f < this.#functions.length; f++) {
      if (!this.#chance(4)) this.#slots.set(f, f);
    }
    const bytes = this.#write(style);
    return { bytes, calls: this.#calls() };
  }

  #style(): Style {
    return {
      size: 2 + this.#random(14),
      exceptions: this.#pick(['none', 'legacy', 'exnref']),
      trapRate: this.#pick([20, 200, 2_000]),
      tailCalls: this.#chance(2),
      simd: this.#chance(3),
      typedReferences: this.#chance(2),
    };
  }

  #signature(style: Style): Signature {
    const kinds = (most: number): ValueKind[] =>
      Array.from({ length: this.#random(most + 1) }, () =>
        this.#chance(12) ? (style.simd ? 'v128' : 'funcref') : this.#pick(NUMBERS),
      );
    // Equal types are what indirect and tail calls need.
    if (this.#functions.length > 0 && this.#chance(2)) return this.#pick(this.#functions);
    return { params: kinds(4), results: kinds(this.#chance(3) ? 3 : 1) };
  }

  #world(): World {
    const imported = this.#imports.length;
    const typeIndexOf = (f: number): number => this.#type(this.#functions[f] as Signature);
    const indices = this.#functions.map((_, f) => f);
    return {
      functionCount: this.#functions.length,
      globals: this.#globals,
      callsLeft: this.#globals.length,
      tags: this.#tags,
      dataSegments: 2,
      passiveElements: PASSIVE_ELEMENTS,
      callableTypes: [...new Set(indices.map(typeIndexOf))],
      signatureOf: (f) => this.#functions[f] as Signature,
      typeIndexOf,
      isDefined: (f) => f >= imported,
      slotOf: (f) => this.#slots.get(f),
      functionsWith: (results) => indices.filter((f) => this.#functions[f]?.results.join() === results),
      functionsOfType: (type) => indices.filter((f) => typeIndexOf(f) === type),
      type: (signature) => this.#type(signature),
    };
  }

  #write(style: Style): Uint8Array<ArrayBuffer> {
    const world = this.#world();
    const imported = this.#imports.length;
    // Bodies come first: they add types.
    const bodies = this.#functions.slice(imported).map((_, i) => {
      const generator = new FunctionGenerator(this.#random, world, style, imported + i, 40 + this.#random(400));
      const roll = this.#random(12);
      if (roll === 0) return generator.straightBody(this.#random(12));
      if (roll === 1 && this.#chance(4)) return generator.straightBody(500 + this.#random(3_000));
      return generator.body();
    });
    const code = new Writer().u32(bodies.length);
    for (const body of bodies) code.u32(body.length).bytes(body);

    const startType = this.#type({ params: [], results: [] });
    const starts = this.#functions.flatMap((_, f) => (f >= imported && world.typeIndexOf(f) === startType ? [f] : []));
    const start = starts.length > 0 && this.#chance(3) ? this.#pick(starts) : undefined;
    this.#sharesTable = this.#chance(4);

    const functionSection = new Writer().u32(bodies.length);
    for (let f = imported; f < this.#functions.length; f++) functionSection.u32(world.typeIndexOf(f));
    const importSection = new Writer().u32(imported);
    for (const name of this.#imports)
      importSection
        .name('env')
        .name(name)
        .u8(KIND.func)
        .u32(this.#type(HOST_FUNCTIONS[name] as Signature));
    const tagSection = new Writer().u32(this.#tags.length);
    for (const params of this.#tags) tagSection.u8(0).u32(this.#type({ params, results: [] }));
    const exports = this.#exports();
    // Written last: everything above may add types.
    const types = new Writer().u32(this.#types.length);
    for (const { params, results } of this.#types) {
      types.u8(0x60).u32(params.length);
      for (const kind of params) writeKind(types, kind);
      types.u32(results.length);
      for (const kind of results) writeKind(types, kind);
    }

    const out = new Writer().bytes(HEADER);
    out.section(1, types.view());
    if (imported > 0) out.section(2, importSection.view());
    out.section(3, functionSection.view());
    out.section(4, this.#tables());
    out.section(5, Uint8Array.of(1, 1, 1, 4));
    if (this.#tags.length > 0) out.section(13, tagSection.view());
    out.section(6, this.#globalSection());
    out.section(7, exports);
    if (start !== undefined) out.section(8, new Writer().u32(start).view());
    out.section(9, this.#elements());
    out.section(12, Uint8Array.of(2));
    out.section(10, code.view());
    out.section(11, this.#data());
    return out.finish();
  }

  #tables(): Uint8Array {
    const slots = 32;
    return new Writer().u32(2).u8(FUNCREF).u8(1).u32(slots).u32(slots).u8(FUNCREF).u8(1).u32(10).u32(20).finish();
  }

  #globalSection(): Uint8Array {
    const section = new Writer().u32(this.#globals.length + 1);
    for (const kind of this.#globals) {
      writeKind(section, kind);
      section.u8(MUTABLE);
      const init = new Code();
      if (kind === 'i32') init.i32(this.#random(100));
      else if (kind === 'i64') init.i64(BigInt(this.#random(1_000_000)));
      else if (kind === 'f32') init.f32(1.5);
      else if (kind === 'f64') init.f64(-2.25);
      else if (kind === 'funcref') init.op('ref.func', this.#random(this.#functions.length));
      else init.refNull(kind);
      section.bytes(init.end().writer.view());
    }
    writeKind(section, 'i32');
    section.u8(MUTABLE);
    section.bytes(
      new Code()
        .i32(20 + this.#random(200))
        .end()
        .writer.view(),
    );
    return section.finish();
  }

  /** Functions of numbers, the memory, the globals, and sometimes a table: then references can leave the module. */
  #exports(): Uint8Array {
    const sharesTable = this.#sharesTable;
    const section = new Writer();
    let count = 0;
    const add = (name: string, kind: keyof typeof KIND, index: number): void => {
      section.name(name).u8(KIND[kind]).u32(index);
      count++;
    };
    for (const { name, index } of this.#callable()) add(name, 'func', index);
    add('callback', 'func', this.#functions.length - 1);
    add('memory', 'memory', 0);
    for (const [i, kind] of this.#globals.entries()) {
      if (kind !== 'funcref' || sharesTable) add(`global${i}`, 'global', i);
    }
    if (this.#tags.length > 0) add('tag', 'tag', 0);
    if (sharesTable) {
      add('table0', 'table', 0);
      add('table1', 'table', 1);
    }
    return new Writer().u32(count).bytes(section.view()).finish();
  }

  /** What stands in table 0, a passive segment for table.init, and a declaration of everything for ref.func. */
  #elements(): Uint8Array {
    const everything = this.#functions.map((_, f) => f);
    const section = new Writer().u32(this.#slots.size + 2);
    section.u8(3).u8(0).u32(everything.length);
    for (const f of everything) section.u32(f);
    const passive = [0, this.#functions.length - 1, 0];
    section.u8(5).u8(FUNCREF).u32(passive.length);
    for (const f of passive) section.u8(0xd2).u32(f).u8(0x0b);
    for (const [f, slot] of this.#slots) section.u8(0).u8(0x41).s32(slot).u8(0x0b).u32(1).u32(f);
    return section.finish();
  }

  #data(): Uint8Array {
    const bytes = (size: number): Uint8Array => Uint8Array.from({ length: size }, () => this.#random(256));
    const section = new Writer().u32(2);
    section.u8(1).u32(24).bytes(bytes(24));
    section.u8(0).u8(0x41).s32(64).u8(0x0b).u32(200).bytes(bytes(200));
    return section.finish();
  }

  /** Functions that JavaScript can call with numbers. */
  #callable(): { readonly name: string; readonly index: number; readonly params: readonly ValueKind[] }[] {
    return this.#functions.flatMap(({ params, results }, index) => {
      const plain = [...params, ...results].every((kind) => (NUMBERS as readonly string[]).includes(kind));
      return plain ? [{ name: `f${index}`, index, params }] : [];
    });
  }

  #calls(): Call[] {
    const callable = this.#callable();
    const calls: Call[] = [];
    for (let i = 0; i < 2 * callable.length; i++) {
      const { name: exported, index, params } = this.#pick(callable);
      const slot = this.#sharesTable && this.#chance(3) ? this.#slots.get(index) : undefined;
      const name = slot === undefined ? exported : `table0[${slot}]`;
      calls.push({ name, args: params.map((kind) => this.#argument(kind)) });
    }
    return calls;
  }

  #argument(kind: ValueKind): number | bigint {
    const value = this.#chance(2) ? this.#random(20) : this.#random(2 ** 32) | 0;
    return kind === 'i64' ? BigInt(value) : value;
  }

  #type(signature: Signature): number {
    const key = `${signature.params.join()} -> ${signature.results.join()}`;
    const known = this.#typeKeys.get(key);
    if (known !== undefined) return known;
    this.#types.push(signature);
    this.#typeKeys.set(key, this.#types.length - 1);
    return this.#types.length - 1;
  }

  #chance(oneIn: number): boolean {
    return this.#random(oneIn) === 0;
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[this.#random(items.length)] as Item;
  }
}
