/**
 * JSON text from host-side values that a guest may have built: with cycles, with shared parts that make them exponentially
 * larger written out than held. They are measured first, and every step of that is paid for; what passes is small enough, and
 * free of cycles, so that the native writer can be let loose on it.
 */
import { type CallAccount, overLimit } from './account.ts';
import type { Json } from './json-store.ts';

/** Fuel per value, for looking at it and writing it. */
const VALUE_PRICE = 200;
/** Fuel per UTF-16 unit of text. */
const UNIT_PRICE = 20;
/** Fuel per name of an object, beside its text: V8 puts the names of large objects in order each time. */
const NAME_PRICE = 2_000;
/** Fuel is taken in pieces of about this much: fuel and deadline bound the work, also while measuring. */
const PIECE = 20_000;

/** What is written as an escape, of up to six units. */
const ESCAPED = /[\p{Cc}"\\\ud800-\udfff]/u;
const ESCAPE_UNITS = 6;

/**
 * The text of `value`, as `JSON.stringify` writes it: lone surrogates come out as escapes.
 * @throws LIMIT_EXCEEDED for nesting over `jsonDepth` (every cycle is) or text over the limit `memory`; the trap when fuel is out
 */
export function writeJson(value: Json, account: CallAccount): string {
  const measure = new Measure(account);
  measure.add(value, 0);
  measure.pay();
  return JSON.stringify(value);
}

class Measure {
  readonly #account: CallAccount;
  readonly #maxUnits: number;
  readonly #maxDepth: number;
  #units = 0;
  #unpaid = 0;

  constructor(account: CallAccount) {
    this.#account = account;
    this.#maxUnits = account.limits.memory;
    this.#maxDepth = account.limits.jsonDepth;
  }

  /** The recursion is bounded by `jsonDepth`, at most 1,000. */
  add(value: Json, depth: number): void {
    // Any scalar but text is at most this long, with its comma.
    this.#count(typeof value === 'string' ? textUnits(value) : 25);
    if (typeof value !== 'object' || value === null) return;
    if (depth >= this.#maxDepth) {
      throw overLimit('jsonDepth', this.#maxDepth, 'levels of nesting in a JSON document (it may contain itself)');
    }
    if (Array.isArray(value)) {
      for (const item of value) this.add(item, depth + 1);
    } else {
      for (const name of Object.keys(value)) {
        this.#count(textUnits(name), NAME_PRICE);
        this.add(value[name] as Json, depth + 1);
      }
    }
  }

  pay(): void {
    this.#account.pay(this.#unpaid);
    this.#unpaid = 0;
  }

  #count(units: number, price = VALUE_PRICE): void {
    this.#units += units;
    if (this.#units > this.#maxUnits) throw overLimit('memory', this.#maxUnits, 'bytes of JSON text');
    this.#unpaid += price + units * UNIT_PRICE;
    if (this.#unpaid >= PIECE) this.pay();
  }
}

/** Upper bound of the units of text in quotes, with what stands around it. */
const textUnits = (text: string): number => (ESCAPED.test(text) ? text.length * ESCAPE_UNITS : text.length) + 4;
