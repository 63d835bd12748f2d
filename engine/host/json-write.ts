/** JSON text from host-side values that a guest may have built: with cycles, shared parts, any size. */
import { type CallAccount, overLimit } from './account.ts';
import type { Json, JsonObject } from './json-store.ts';

/** Text is paid for as it grows, in pieces of this many UTF-16 units, so that fuel and deadline bound the work. */
const PIECE = 4_096;
/** Fuel per unit of text written. */
export const WRITE_PRICE = 10;

/**
 * The text of `value`, as `JSON.stringify` writes it: lone surrogates come out as escapes.
 * @throws LIMIT_EXCEEDED for nesting over `jsonDepth` (every cycle is) or text over the limit `memory`; the trap when fuel is out.
 */
export function writeJson(value: Json, account: CallAccount): string {
  const writer = new JsonWriter(account);
  writer.write(value, 0);
  return writer.finish();
}

class JsonWriter {
  readonly #account: CallAccount;
  #text = '';
  #paid = 0;

  constructor(account: CallAccount) {
    this.#account = account;
  }

  // The recursion is bounded by `jsonDepth`, at most 1,000.
  write(value: Json, depth: number): void {
    if (typeof value === 'string') this.#add(JSON.stringify(value));
    else if (typeof value !== 'object' || value === null) this.#add(scalar(value));
    else this.#writeParts(value, depth);
  }

  #writeParts(value: Json[] | JsonObject, depth: number): void {
    const { jsonDepth } = this.#account.limits;
    if (depth >= jsonDepth) {
      throw overLimit('jsonDepth', jsonDepth, 'levels of nesting in a JSON document (it may contain itself)');
    }
    let separator = '';
    if (Array.isArray(value)) {
      this.#add('[');
      for (const item of value) {
        this.#add(separator);
        this.write(item, depth + 1);
        separator = ',';
      }
      this.#add(']');
    } else {
      this.#add('{');
      for (const name of Object.keys(value)) {
        this.#add(`${separator}${JSON.stringify(name)}:`);
        this.write(value[name] as Json, depth + 1);
        separator = ',';
      }
      this.#add('}');
    }
  }

  finish(): string {
    this.#pay();
    return this.#text;
  }

  #add(piece: string): void {
    this.#text += piece;
    if (this.#text.length - this.#paid >= PIECE) this.#pay();
  }

  #pay(): void {
    const { memory } = this.#account.limits;
    if (this.#text.length > memory) throw overLimit('memory', memory, 'bytes of JSON text');
    this.#account.pay((this.#text.length - this.#paid) * WRITE_PRICE);
    this.#paid = this.#text.length;
  }
}

/** Numbers that JSON cannot carry never get in. */
const scalar = (value: null | boolean | number): string => (Object.is(value, -0) ? '0' : String(value));
