/** Which sections there are, in which order they must stand, and a walk over them that decodes nothing inside. */
import { hex, malformed, Reader } from '../reader.ts';

export const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
  tag: 13,
} as const;

/** What a core module begins with: the magic, and version 1. */
export const MODULE_HEADER = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);

export type SectionName = keyof typeof SECTION;

const NAMES: readonly SectionName[] = (Object.keys(SECTION) as SectionName[]).sort((a, b) => SECTION[a] - SECTION[b]);

/** Ids of the non-custom sections in the order that the spec asks for, which is not the order of their ids. */
export const SECTION_ORDER: readonly number[] = (
  [
    'type',
    'import',
    'function',
    'table',
    'memory',
    'tag',
    'global',
    'export',
    'start',
    'element',
    'dataCount',
    'code',
    'data',
  ] as const
).map((name) => SECTION[name]);

/** `CustomSection.before` of a custom section behind the last other section. */
export const AT_END = 0x7f;

/** One byte of version, seven zero bytes and magic: what stands before the first section. */
export const HEADER_BYTES = 8;

export function sectionName(id: number): SectionName | undefined {
  return NAMES[id];
}

/** One section as it stands in the bytes: `start` is its id byte, `content` what is behind its length. */
export interface RawSection {
  readonly id: number;
  readonly start: number;
  readonly content: { readonly start: number; readonly end: number };
}

/**
 * The sections of a module in their order, without a look inside or at that order.
 * @throws INVALID_MODULE for an unknown id and for a length that goes past the end
 */
export function* walkSections(bytes: Uint8Array): Generator<RawSection, void, undefined> {
  const reader = new Reader(bytes, HEADER_BYTES);
  while (!reader.done) {
    const start = reader.offset;
    const id = reader.u8('section id');
    const name = sectionName(id);
    if (name === undefined) {
      throw malformed(`unknown section id ${hex(id)}: expected 0 (custom) to ${NAMES.length - 1} (tag)`, start, {
        section: id,
      });
    }
    const size = reader.u32(`length of the ${name} section`);
    if (size > reader.remaining) {
      throw malformed(
        `${name} section: claims ${size} bytes but only ${reader.remaining} are left in the file`,
        start,
        {
          section: name,
        },
      );
    }
    const from = reader.offset;
    reader.skip(size);
    yield { id, start, content: { start: from, end: reader.offset } };
  }
}
