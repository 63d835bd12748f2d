/** Variables of an Extism plugin: bytes by name, which outlast its calls. All instances on one thread have the same. */
import type { Limits } from '../../limits.ts';
import { overLimit } from '../account.ts';

/** What the host keeps for one entry, about. */
const ENTRY_BYTES = 128;

export class Variables {
  readonly #values = new Map<string, Uint8Array>();
  #bytes = 0;

  get(name: string): Uint8Array | undefined {
    return this.#values.get(name);
  }

  /** @param value a copy that nobody else holds. @throws LIMIT_EXCEEDED */
  set(name: string, value: Uint8Array, { varBytes }: Pick<Limits, 'varBytes'>): void {
    const before = this.#values.get(name);
    const size = this.#bytes + weightOf(name, value) - (before === undefined ? 0 : weightOf(name, before));
    if (size > varBytes) throw overLimit('varBytes', varBytes, 'bytes of variables', size);
    this.#values.set(name, value);
    this.#bytes = size;
  }

  delete(name: string): void {
    const before = this.#values.get(name);
    if (before === undefined) return;
    this.#values.delete(name);
    this.#bytes -= weightOf(name, before);
  }

  clear(): void {
    this.#values.clear();
    this.#bytes = 0;
  }
}

/** Texts are two bytes a unit at most. */
const weightOf = (name: string, value: Uint8Array): number => ENTRY_BYTES + name.length * 2 + value.length;
