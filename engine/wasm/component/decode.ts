/**
 * Bytes to a component description. Strict about lengths, counts, encodings and the structural limits; what the definitions
 * refer to is looked up by whoever evaluates them. Linear in time and memory. Core modules inside are spans, not decoded here.
 */
import { RingfenceError } from '../../errors.ts';
import { STRUCTURE, type StructureLimits } from '../../limits.ts';
import { classifyBytes } from '../header.ts';
import { hex, malformed, Reader } from '../reader.ts';
import { HEADER_BYTES } from '../sections/layout.ts';
import { ComponentBudget } from './budget.ts';
import type { Component, ComponentCustom, DecodedComponent, Definition } from './component.ts';
import { readAlias, readCanon, readCoreInstance, readExport, readImport, readInstance, readType } from './sections.ts';

/** By section id. */
const SECTIONS = [
  'custom',
  'core module',
  'core instance',
  'core type',
  'component',
  'instance',
  'alias',
  'type',
  'canon',
  'start',
  'import',
  'export',
  'value',
] as const;
type SectionName = (typeof SECTIONS)[number];

type ReadItem = (reader: Reader, budget: ComponentBudget, depth: number) => Definition;

/** Sections that are vectors of definitions: the fewest bytes of one, and how it is read. */
const VECTORS: Readonly<Partial<Record<SectionName, readonly [itemBytes: number, read: ReadItem]>>> = {
  'core instance': [2, readCoreInstance],
  instance: [2, readInstance],
  alias: [3, readAlias],
  type: [1, readType],
  canon: [1, readCanon],
  import: [4, readImport],
  export: [5, readExport],
};

const VERSION = [0x0d, 0x00, 0x01, 0x00];

/**
 * Decodes a component. The result points into `bytes`: they must not change while it is in use.
 *
 * @param limits bounds on counts, sizes and depths, `STRUCTURE` unless given
 * @throws INVALID_MODULE for bytes that are not a component; LIMIT_EXCEEDED above a structural limit; UNSUPPORTED_FEATURE for
 *   parts of the component model that are not taken (start functions, values, core types, asynchronous functions)
 *
 * @example
 * decodeComponent(await readFile('plugin.wasm')).definitions.filter(({ kind }) => kind === 'import');
 */
export function decodeComponent(bytes: Uint8Array, limits: StructureLimits = STRUCTURE): DecodedComponent {
  const { definitions, customs } = readComponent(bytes, 0, bytes.length, new ComponentBudget(limits), 0);
  return { bytes, definitions, customs };
}

function readComponent(
  bytes: Uint8Array,
  start: number,
  end: number,
  budget: ComponentBudget,
  depth: number,
): Component {
  checkComponentHeader(bytes.subarray(start, end), start);
  const reader = new Reader(bytes, start + HEADER_BYTES, end, 'component');
  budget.descend(reader, depth);
  const definitions: Definition[] = [];
  const customs: ComponentCustom[] = [];
  while (!reader.done) {
    const offset = reader.offset;
    const id = reader.u8('section id');
    const name = SECTIONS[id];
    if (name === undefined) {
      throw malformed(`component: unknown section id ${hex(id)}: expected 0 (custom) to 12 (value)`, offset, {
        section: id,
      });
    }
    const size = reader.u32(`length of the ${name} section`);
    const content = reader.window(size, `${name} section`);
    switch (name) {
      case 'custom':
        if (customs.length === budget.limits.customSections) {
          const count = customs.length + 1;
          throw content.overLimit(`${count} custom sections`, 'customSections', count, budget.limits.customSections);
        }
        customs.push({ name: budget.name(content, 'name'), data: { start: content.offset, end: content.end }, offset });
        break;
      case 'core module':
        budget.spend(content, 'componentCoreModules', 1, 'core modules');
        budget.spend(content, 'componentDefinitions', 1, 'definitions');
        definitions.push({ kind: 'core-module', span: { start: content.offset, end: content.end }, offset });
        break;
      case 'component':
        budget.spend(content, 'componentDefinitions', 1, 'definitions');
        definitions.push({
          kind: 'component',
          component: readComponent(bytes, content.offset, content.end, budget, depth + 1),
          offset,
        });
        break;
      case 'start':
      case 'value':
      case 'core type':
        throw refusedSection(name, offset);
      default: {
        const [itemBytes, read] = VECTORS[name] as readonly [number, ReadItem];
        readVector(content, name, itemBytes, read, budget, depth, definitions);
      }
    }
  }
  return { definitions, customs };
}

function readVector(
  reader: Reader,
  name: SectionName,
  itemBytes: number,
  read: ReadItem,
  budget: ComponentBudget,
  depth: number,
  into: Definition[],
): void {
  const count = budget.definitions(reader, `${name} definitions`, itemBytes);
  reader.item = name;
  for (let index = 0; index < count; index++) {
    reader.index = index;
    into.push(read(reader, budget, depth));
  }
  reader.expectEnd();
}

const REFUSED_SECTIONS = {
  start: 'a start section, which runs code before the host has given it a budget. Export `initialize` instead',
  value: 'values, which the component model has not settled yet',
  'core type': 'types of core modules, which only components that import modules need',
} as const;

function refusedSection(name: keyof typeof REFUSED_SECTIONS, offset: number): RingfenceError {
  return new RingfenceError(
    'UNSUPPORTED_FEATURE',
    `${name} section: the component has ${REFUSED_SECTIONS[name]} (at offset ${hex(offset)})`,
    { stage: 'decode', details: { feature: 'component-model', section: name, offset } },
  );
}

/** @throws INVALID_MODULE for anything but a component of the version that there is */
function checkComponentHeader(bytes: Uint8Array, at: number): void {
  if (classifyBytes(bytes) !== 'component') {
    throw malformed('Expected a component (00 61 73 6d 0d 00 01 00)', at, { section: 'component' });
  }
  if (VERSION.every((byte, i) => bytes[4 + i] === byte)) return;
  throw malformed(
    `Expected a component of version 13 (0d 00 01 00), got version ${hex((bytes[4] as number) | ((bytes[5] as number) << 8))}: build it with current tools`,
    at + 4,
    { section: 'component' },
  );
}
