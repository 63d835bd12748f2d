/** Writes components byte by byte, so that tests can write wrong ones. Nothing is checked, and each item is a section of its own. */
import { Writer } from '../../engine/wasm/writer.ts';

const HEADER = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00);

export const SECTION_ID = {
  custom: 0,
  coreModule: 1,
  coreInstance: 2,
  coreType: 3,
  component: 4,
  instance: 5,
  alias: 6,
  type: 7,
  canon: 8,
  start: 9,
  import: 10,
  export: 11,
  value: 12,
} as const;

export const CORE = { func: 0x00, table: 0x01, memory: 0x02, global: 0x03, module: 0x11, instance: 0x12 } as const;
export const SORT = { func: 0x01, value: 0x02, type: 0x03, component: 0x04, instance: 0x05 } as const;
/** Value types by their byte; a number below 64 is the index of a type. */
export const VALUE = { string: 0x73, u32: 0x79, u64: 0x77, bool: 0x7f, u8: 0x7d } as const;

export interface LiftOptions {
  readonly memory?: number;
  readonly realloc?: number;
  readonly postReturn?: number;
  /** Bytes of further options, each counted once. */
  readonly more?: readonly number[];
}

type Write = (writer: Writer) => void;

export class ComponentWriter {
  readonly #out = new Writer().bytes(HEADER);

  bytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#out.view());
  }

  section(id: number, content: Uint8Array): this {
    this.#out.section(id, content);
    return this;
  }

  /** A section with one item. */
  item(id: number, write: Write): this {
    const content = new Writer().u32(1);
    write(content);
    return this.section(id, content.view());
  }

  custom(name: string, data: Uint8Array): this {
    return this.section(SECTION_ID.custom, new Writer().name(name).bytes(data).view());
  }

  coreModule(bytes: Uint8Array): this {
    return this.section(SECTION_ID.coreModule, bytes);
  }

  component(bytes: Uint8Array): this {
    return this.section(SECTION_ID.component, bytes);
  }

  coreInstantiate(module: number, args: readonly (readonly [name: string, instance: number])[] = []): this {
    return this.item(SECTION_ID.coreInstance, (writer) => {
      writer.u8(0).u32(module).u32(args.length);
      for (const [name, instance] of args) writer.name(name).u8(CORE.instance).u32(instance);
    });
  }

  coreBundle(items: readonly (readonly [name: string, sort: number, index: number])[]): this {
    return this.item(SECTION_ID.coreInstance, (writer) => {
      writer.u8(1).u32(items.length);
      for (const [name, sort, index] of items) writer.name(name).u8(sort).u32(index);
    });
  }

  instantiate(component: number, args: readonly (readonly [name: string, sort: number, index: number])[] = []): this {
    return this.item(SECTION_ID.instance, (writer) => {
      writer.u8(0).u32(component).u32(args.length);
      for (const [name, sort, index] of args) writer.name(name).u8(sort).u32(index);
    });
  }

  aliasCore(instance: number, sort: number, name: string): this {
    return this.item(SECTION_ID.alias, (writer) => writer.u8(0).u8(sort).u8(1).u32(instance).name(name));
  }

  aliasExport(instance: number, sort: number, name: string): this {
    return this.item(SECTION_ID.alias, (writer) => writer.u8(sort).u8(0).u32(instance).name(name));
  }

  aliasOuter(sort: number, levels: number, index: number): this {
    return this.item(SECTION_ID.alias, (writer) => writer.u8(sort).u8(2).u32(levels).u32(index));
  }

  type(...bytes: number[]): this {
    return this.item(SECTION_ID.type, (writer) => writer.bytes(Uint8Array.from(bytes)));
  }

  /** @param params value types */
  funcType(params: readonly number[], result?: number): this {
    return this.item(SECTION_ID.type, (writer) => writeFuncType(writer, params, result));
  }

  /** The type of an instance that exports functions: for each a name, its parameters and its result. */
  instanceType(
    functions: readonly (readonly [name: string, params: readonly number[], result?: number | undefined])[],
  ): this {
    return this.item(SECTION_ID.type, (writer) => {
      writer.u8(0x42).u32(functions.length * 2);
      functions.forEach(([name, params, result], i) => {
        writer.u8(0x01);
        writeFuncType(writer, params, result);
        writer.u8(0x04).u8(0).name(name).u8(SORT.func).u32(i);
      });
    });
  }

  lift(coreFunc: number, type: number, options: LiftOptions = {}): this {
    return this.item(SECTION_ID.canon, (writer) => {
      writer.u8(0).u8(0).u32(coreFunc);
      writeOptions(writer, options);
      writer.u32(type);
    });
  }

  lower(func: number, options: LiftOptions = {}): this {
    return this.item(SECTION_ID.canon, (writer) => {
      writer.u8(1).u8(0).u32(func);
      writeOptions(writer, options);
    });
  }

  canon(...bytes: number[]): this {
    return this.item(SECTION_ID.canon, (writer) => writer.bytes(Uint8Array.from(bytes)));
  }

  /** @param kind as a byte: {@link SORT} */
  import(name: string, kind: number, typeIndex: number): this {
    return this.item(SECTION_ID.import, (writer) => writer.u8(0).name(name).u8(kind).u32(typeIndex));
  }

  export(name: string, sort: number, index: number): this {
    return this.item(SECTION_ID.export, (writer) => writer.u8(0).name(name).u8(sort).u32(index).u8(0));
  }
}

function writeFuncType(writer: Writer, params: readonly number[], result: number | undefined): void {
  writer.u8(0x40).u32(params.length);
  params.forEach((type, i) => {
    writer.name(`p${i}`).u8(type);
  });
  if (result === undefined) writer.u8(1).u8(0);
  else writer.u8(0).u8(result);
}

function writeOptions(writer: Writer, { memory, realloc, postReturn, more = [] }: LiftOptions): void {
  const options = [
    ...(memory === undefined ? [] : [[0x03, memory]]),
    ...(realloc === undefined ? [] : [[0x04, realloc]]),
    ...(postReturn === undefined ? [] : [[0x05, postReturn]]),
    ...more.map((byte) => [byte]),
  ];
  writer.u32(options.length);
  for (const option of options) for (const byte of option) writer.u32(byte);
}
