/** What the definitions of one component may come to, nested ones included. Spent before anything is allocated. */
import type { StructureLimits } from '../../limits.ts';
import type { Reader } from '../reader.ts';

export type ComponentLimit = 'componentDefinitions' | 'componentItems' | 'componentCoreModules' | 'totalNameBytes';

export class ComponentBudget {
  readonly limits: StructureLimits;
  readonly #used: Record<ComponentLimit, number> = {
    componentDefinitions: 0,
    componentItems: 0,
    componentCoreModules: 0,
    totalNameBytes: 0,
  };

  constructor(limits: StructureLimits) {
    this.limits = limits;
  }

  /** @throws LIMIT_EXCEEDED */
  spend(reader: Reader, limit: ComponentLimit, amount: number, what: string): void {
    this.#used[limit] += amount;
    const used = this.#used[limit];
    if (used > this.limits[limit]) throw reader.overLimit(`${used} ${what}`, limit, used, this.limits[limit]);
  }

  /** A count of items of at least `itemBytes` each. @throws LIMIT_EXCEEDED; INVALID_MODULE where the bytes cannot hold so many */
  items(reader: Reader, what: string, itemBytes = 1): number {
    const count = reader.count(what, this.limits.componentItems, itemBytes, 'componentItems');
    this.spend(reader, 'componentItems', count, 'items of all definitions');
    return count;
  }

  /** How many definitions a section has. */
  definitions(reader: Reader, what: string, itemBytes: number): number {
    const count = reader.count(what, this.limits.componentDefinitions, itemBytes, 'componentDefinitions');
    this.spend(reader, 'componentDefinitions', count, 'definitions');
    return count;
  }

  /** @throws LIMIT_EXCEEDED, INVALID_MODULE for what is no UTF-8 */
  name(reader: Reader, what: string): string {
    const start = reader.offset;
    const name = reader.name(what, this.limits.nameBytes);
    this.spend(reader, 'totalNameBytes', reader.offset - start, 'bytes of names');
    return name;
  }

  /** @throws LIMIT_EXCEEDED above the depth that there may be */
  descend(reader: Reader, depth: number): void {
    const { componentDepth } = this.limits;
    if (depth > componentDepth) {
      throw reader.overLimit(`components and types nested ${depth} deep`, 'componentDepth', depth, componentDepth);
    }
  }
}
