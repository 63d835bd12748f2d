/**
 * Custom sections in module bytes: find, append, replace and remove them without touching any other byte, and read the
 * two well-known ones (`name`, `producers`). Those two come from toolchains and may be garbage: reading them never throws.
 */
import { checkHeader } from './header.ts';
import type { Module, Span } from './module.ts';
import { Reader } from './reader.ts';
import { SECTION, walkSections } from './sections/layout.ts';
import { Writer } from './writer.ts';

/** A custom section where it stands in the bytes. */
export interface CustomSectionSpan {
  readonly name: string;
  readonly data: Span;
  /** From its id byte to its end. */
  readonly whole: Span;
}

/** What the `name` section says; empty where it says nothing. Names are whatever the guest wrote: escape before printing. */
export interface ModuleNames {
  readonly module: string | undefined;
  /** By function index, imports first. */
  readonly functions: ReadonlyMap<number, string>;
}

/** What the `producers` section says: field ("language", "processed-by", "sdk") to tool name to version. */
export type Producers = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Names past these bounds are cut or left out: they serve messages and listings only. */
const MAX_NAME_CHARACTERS = 256;
const MAX_FUNCTION_NAMES = 100_000;
const MAX_PRODUCERS = 100;

const NAME_OF_MODULE = 0;
const NAMES_OF_FUNCTIONS = 1;

const lossyUtf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * All custom sections in their order.
 * @throws INVALID_MODULE for bytes that cannot be divided into sections, or for a section without a name
 */
export function listCustomSections(bytes: Uint8Array): CustomSectionSpan[] {
  checkHeader(bytes);
  const found: CustomSectionSpan[] = [];
  for (const { id, start, content } of walkSections(bytes)) {
    if (id !== SECTION.custom) continue;
    const reader = new Reader(bytes, content.start, content.end, 'custom section');
    const name = reader.name('name', reader.remaining);
    found.push({ name, data: { start: reader.offset, end: content.end }, whole: { start, end: content.end } });
  }
  return found;
}

/**
 * The contents of the first custom section of that name, as a view into `bytes`; undefined where there is none.
 * @throws INVALID_MODULE as {@link listCustomSections} does
 */
export function findCustomSection(bytes: Uint8Array, name: string): Uint8Array | undefined {
  const found = listCustomSections(bytes).find((section) => section.name === name);
  return found && bytes.subarray(found.data.start, found.data.end);
}

/**
 * A copy of the module with one more custom section at its end.
 * @throws INVALID_MODULE when `bytes` is not a module
 */
export function appendCustomSection(bytes: Uint8Array, name: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  checkHeader(bytes);
  return concat([bytes, encodeCustomSection(name, data)]);
}

/**
 * A copy of the module that has exactly one custom section of that name: where the first one stood, else at the end.
 * @throws INVALID_MODULE as {@link listCustomSections} does
 */
export function replaceCustomSection(bytes: Uint8Array, name: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const old = listCustomSections(bytes).filter((section) => section.name === name);
  const at = old[0]?.whole.start ?? bytes.length;
  const kept = withoutSpans(bytes, old);
  // Nothing in front of the first one is taken out, so its place is the same in what is kept.
  return concat([kept.subarray(0, at), encodeCustomSection(name, data), kept.subarray(at)]);
}

/**
 * A copy of the module without the custom sections of that name.
 * @throws INVALID_MODULE as {@link listCustomSections} does
 */
export function removeCustomSection(bytes: Uint8Array, name: string): Uint8Array<ArrayBuffer> {
  return withoutSpans(
    bytes,
    listCustomSections(bytes).filter((section) => section.name === name),
  );
}

function encodeCustomSection(name: string, data: Uint8Array): Uint8Array {
  const content = new Writer(data.length + 64).name(name).bytes(data);
  return new Writer(content.size + 8).section(SECTION.custom, content.view()).finish();
}

function withoutSpans(bytes: Uint8Array, sections: readonly CustomSectionSpan[]): Uint8Array<ArrayBuffer> {
  const kept: Uint8Array[] = [];
  let from = 0;
  for (const { whole } of sections) {
    kept.push(bytes.subarray(from, whole.start));
    from = whole.end;
  }
  kept.push(bytes.subarray(from));
  return concat(kept);
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The names in a decoded module's `name` section. Never throws: what cannot be read is left out. */
export const moduleNames = (module: Module): ModuleNames => decodeNameSection(nameSectionOf(module));

/**
 * The names of functions in a decoded module's `name` section, as they stand there: a view, for {@link decodeFunctionNames}.
 * Never throws: empty where there are none that can be found.
 */
export function functionNameBytes(module: Module): Uint8Array {
  let found: Uint8Array = new Uint8Array();
  tolerate(() => {
    for (const { kind, reader } of partsOfNames(nameSectionOf(module))) {
      if (kind === NAMES_OF_FUNCTIONS) found = reader.bytes.subarray(reader.offset, reader.end);
    }
  });
  return found;
}

/** What {@link functionNameBytes} found, by function index. Never throws: what cannot be read is left out. */
export function decodeFunctionNames(data: Uint8Array): ReadonlyMap<number, string> {
  const functions = new Map<number, string>();
  readFunctionNames(new Reader(data, 0, data.length, 'function names'), functions);
  return functions;
}

function nameSectionOf({ customs, bytes }: Module): Uint8Array {
  const section = customs.find(({ name }) => name === 'name');
  return section === undefined ? new Uint8Array() : bytes.subarray(section.data.start, section.data.end);
}

/** The names in the contents of a `name` section. Never throws: what cannot be read is left out. */
export function decodeNameSection(data: Uint8Array): ModuleNames {
  const functions = new Map<number, string>();
  let module: string | undefined;
  tolerate(() => {
    for (const { kind, reader } of partsOfNames(data)) {
      if (kind === NAME_OF_MODULE) module = readLossyName(reader);
      else if (kind === NAMES_OF_FUNCTIONS) readFunctionNames(reader, functions);
    }
  });
  return { module, functions };
}

function* partsOfNames(data: Uint8Array): Generator<{ readonly kind: number; readonly reader: Reader }> {
  const reader = new Reader(data, 0, data.length, 'name section');
  while (!reader.done) {
    const kind = reader.u8('kind of names');
    yield { kind, reader: reader.window(reader.u32('length'), 'names') };
  }
}

function readFunctionNames(reader: Reader, into: Map<number, string>): void {
  tolerate(() => {
    const count = Math.min(reader.u32('number of names'), MAX_FUNCTION_NAMES);
    for (let i = 0; i < count; i++) {
      const funcIndex = reader.u32('function index');
      into.set(funcIndex, readLossyName(reader));
    }
  });
}

/** The contents of a `producers` section. Never throws: what cannot be read is left out. */
export function decodeProducersSection(data: Uint8Array): Producers {
  const producers = new Map<string, Map<string, string>>();
  tolerate(() => {
    const reader = new Reader(data, 0, data.length, 'producers section');
    const fields = Math.min(reader.u32('number of fields'), MAX_PRODUCERS);
    for (let i = 0; i < fields; i++) {
      const tools = new Map<string, string>();
      producers.set(readLossyName(reader), tools);
      const values = Math.min(reader.u32('number of values'), MAX_PRODUCERS);
      for (let j = 0; j < values; j++) {
        const tool = readLossyName(reader);
        tools.set(tool, readLossyName(reader));
      }
    }
  });
  return producers;
}

function readLossyName(reader: Reader): string {
  const size = reader.u32('length of a name');
  const start = reader.offset;
  reader.skip(size, 'name');
  // A character takes at most four bytes, so that what is decoded is bounded as well.
  const end = Math.min(reader.offset, start + 4 * MAX_NAME_CHARACTERS);
  return lossyUtf8.decode(reader.bytes.subarray(start, end)).slice(0, MAX_NAME_CHARACTERS);
}

/** These sections are hints: what was read before the first bad byte still helps. */
function tolerate(read: () => void): void {
  try {
    read();
  } catch {
    // Kept: what was read so far.
  }
}
