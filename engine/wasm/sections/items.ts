/** What every section with a vector of items shares: the loop, with the item's number kept for messages. */
import type { Reader } from '../reader.ts';

export interface ItemsOptions {
  /** One item, for messages: "import". */
  readonly item: string;
  /** Many items, for messages; also the name of the limit. */
  readonly items: string;
  readonly max: number;
  /** Name of the structural limit where `items` is not it. */
  readonly limit?: string;
  /** The fewest bytes that one item takes. */
  readonly itemBytes: number;
  /** Number of the first item, for messages: index spaces begin with the imports. @default 0 */
  readonly first?: number;
}

/** Reads a count and that many items. An error inside names the item by its number. */
export function readItems<Item>(reader: Reader, options: ItemsOptions, readItem: (reader: Reader) => Item): Item[] {
  const { item, items: plural, max, itemBytes, limit = plural, first = 0 } = options;
  const count = reader.count(plural, max, itemBytes, limit);
  const items: Item[] = [];
  reader.item = item;
  for (let index = 0; index < count; index++) {
    reader.index = first + index;
    items.push(readItem(reader));
  }
  reader.item = undefined;
  return items;
}

/** The same for vectors of plain indices. */
export function readIndices(reader: Reader, options: ItemsOptions): Uint32Array {
  const { item, items, max, itemBytes, limit = items, first = 0 } = options;
  const count = reader.count(items, max, itemBytes, limit);
  const indices = new Uint32Array(count);
  reader.item = item;
  for (let index = 0; index < count; index++) {
    reader.index = first + index;
    indices[index] = reader.u32('index');
  }
  reader.item = undefined;
  return indices;
}
