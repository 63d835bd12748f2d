/** Names and sorts as components write them. */
import { hex, type Reader } from '../reader.ts';
import type { ComponentBudget } from './budget.ts';
import type { ComponentSort, CoreReference, CoreSort, Reference } from './component.ts';

const CORE_SORTS: ReadonlyMap<number, CoreSort> = new Map([
  [0x00, 'func'],
  [0x01, 'table'],
  [0x02, 'memory'],
  [0x03, 'global'],
  [0x04, 'tag'],
  [0x10, 'type'],
  [0x11, 'module'],
  [0x12, 'instance'],
]);
const SORTS: ReadonlyMap<number, ComponentSort> = new Map([
  [0x01, 'func'],
  [0x02, 'value'],
  [0x03, 'type'],
  [0x04, 'component'],
  [0x05, 'instance'],
]);
const CORE = 0x00;

function readCoreSort(reader: Reader): CoreSort {
  const start = reader.offset;
  const byte = reader.u8('core sort');
  const sort = CORE_SORTS.get(byte);
  if (sort === undefined) throw reader.malformed(`${hex(byte)} is not a core sort`, start);
  return sort;
}

export function readSort(reader: Reader): Omit<Reference, 'index'> {
  const start = reader.offset;
  const byte = reader.u8('sort');
  if (byte === CORE) return { core: true, sort: readCoreSort(reader) };
  const sort = SORTS.get(byte);
  if (sort === undefined) throw reader.malformed(`${hex(byte)} is not a sort`, start);
  return { core: false, sort };
}

export function readCoreReference(reader: Reader): CoreReference {
  const sort = readCoreSort(reader);
  return { sort, index: reader.u32('index') };
}

export function readReference(reader: Reader): Reference {
  const sort = readSort(reader);
  return { ...sort, index: reader.u32('index') } as Reference;
}

/** The name of an import or export: plain, or of an interface; both forms have the same contents. */
export function readExternName(reader: Reader, budget: ComponentBudget, what: string): string {
  const start = reader.offset;
  const form = reader.u8(`form of ${what}`);
  if (form > 0x01) throw reader.malformed(`${hex(form)} is not a form of a name that is known here`, start);
  return budget.name(reader, what);
}
