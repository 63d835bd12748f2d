import type { StructureLimits } from '../../limits.ts';
import type { Reader } from '../reader.ts';

/** Reads the names of imports and exports and keeps their sum below its limit, over both sections. */
export class NameBudget {
  readonly #limits: StructureLimits;
  #used = 0;

  constructor(limits: StructureLimits) {
    this.#limits = limits;
  }

  read(reader: Reader, what: string): string {
    const start = reader.offset;
    const name = reader.name(what, this.#limits.nameBytes);
    this.#used += reader.offset - start;
    if (this.#used > this.#limits.totalNameBytes) {
      throw reader.overLimit(
        `${this.#used} bytes of import and export names`,
        'totalNameBytes',
        this.#used,
        this.#limits.totalNameBytes,
        start,
      );
    }
    return name;
  }
}
