/**
 * The JSON documents that one call holds on the host, behind integer handles.
 *
 * Values are plain JavaScript data and behave as in JavaScript: a handle to a part of a document refers to that part, and
 * what is pushed into two places is shared. A guest can therefore build cycles and documents that are exponentially larger
 * written out than in memory; depth and size are limited where a document is read or written, never by recursion.
 * Names that guests choose are only ever own properties: `__proto__` is a name like any other.
 */
import { setMember } from '../abi/sparse-object.ts';
import { type CallAccount, overLimit } from './account.ts';

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [name: string]: Json;
}

/** What `json_type` answers. */
export const JSON_TYPES = { none: 0, null: 1, boolean: 2, number: 3, string: 4, array: 5, object: 6 } as const;

/** What a value costs the host in memory, about: its slot, its header, its share of hidden classes. */
const VALUE_BYTES = 64;
/** Fuel per name of an object that is listed: V8 puts the names of large objects in order each time. */
const NAME_PRICE = 2_000;
/** Fuel per step of a JSON pointer, and per unit of a step that has escapes. */
const STEP_PRICE = 1_000;
const ESCAPED_PRICE = 200;

export class JsonStore {
  readonly #account: CallAccount;
  readonly #values = new Map<number, Json>();
  /** Names of an object in order, made when first asked for by index. */
  readonly #names = new WeakMap<object, readonly string[]>();
  #lastHandle = 0;
  /** Estimate of what the host holds for this call. It falls only when no handle is left: until then values may be shared. */
  #heldBytes = 0;
  /** Why the last document was refused. */
  failure: { readonly message: string; readonly offset: number } | undefined;

  constructor(account: CallAccount) {
    this.#account = account;
  }

  /** True if a document of so much text and so many values may be held. The limit is the plugin's own: `memory`. */
  hasRoom(textBytes: number, values: number): boolean {
    return this.#heldBytes + textBytes + values * VALUE_BYTES <= this.#account.limits.memory;
  }

  /** Counts what is about to be held. @throws LIMIT_EXCEEDED */
  hold(textBytes: number, values: number): void {
    if (!this.hasRoom(textBytes, values))
      throw overLimit('memory', this.#account.limits.memory, 'bytes (about) of JSON held by handles');
    this.#heldBytes += textBytes + values * VALUE_BYTES;
  }

  /** A handle, above 0 and never given twice in one call. @throws LIMIT_EXCEEDED when too many are open */
  open(value: Json): number {
    const { jsonHandles } = this.#account.limits;
    if (this.#values.size >= jsonHandles)
      throw overLimit('jsonHandles', jsonHandles, 'JSON handles open at the same time');
    this.#lastHandle++;
    this.#values.set(this.#lastHandle, value);
    return this.#lastHandle;
  }

  /** The value of a handle; undefined for one that is not open. */
  get(handle: number): Json | undefined {
    return this.#values.get(handle);
  }

  close(handle: number): void {
    // No handle: what failed gave none, and is let go of all the same.
    if (handle === 0) return;
    if (this.#values.delete(handle) && this.#values.size === 0) this.#heldBytes = 0;
  }

  clear(): void {
    if (this.#lastHandle === 0 && this.failure === undefined) return;
    this.#values.clear();
    this.#heldBytes = 0;
    this.#lastHandle = 0;
    this.failure = undefined;
  }

  names(object: JsonObject): readonly string[] {
    let names = this.#names.get(object);
    if (names === undefined) {
      names = Object.keys(object);
      this.#account.pay(names.length * NAME_PRICE);
      this.#names.set(object, names);
    }
    return names;
  }

  set(object: JsonObject, name: string, value: Json): void {
    if (!Object.hasOwn(object, name)) this.#names.delete(object);
    setMember(object, name, value);
  }

  /** False if there is no such member. */
  remove(object: JsonObject, name: string): boolean {
    if (!Object.hasOwn(object, name)) return false;
    this.#names.delete(object);
    return delete object[name];
  }
}

export function typeOf(value: Json | undefined): number {
  if (value === undefined) return JSON_TYPES.none;
  if (value === null) return JSON_TYPES.null;
  if (Array.isArray(value)) return JSON_TYPES.array;
  return JSON_TYPES[typeof value as 'boolean' | 'number' | 'string' | 'object'];
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An own member of an object or item of an array (by decimal index without leading zeros); undefined if there is none. */
export function member(value: Json | undefined, name: string): Json | undefined {
  if (Array.isArray(value)) return value[arrayIndex(name)];
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** The index that `name` is; NaN if it is none. */
export function arrayIndex(name: string): number {
  return /^(?:0|[1-9]\d{0,9})$/.test(name) ? Number(name) : Number.NaN;
}

/** Follows a JSON pointer (RFC 6901), step by step, no further than it leads: a long one that leads nowhere costs one step. */
export function atPointer(root: Json | undefined, pointer: string, account: CallAccount): Json | undefined {
  if (pointer !== '' && !pointer.startsWith('/')) return undefined;
  let value = root;
  for (let at = 0; at < pointer.length && value !== undefined; ) {
    const slash = pointer.indexOf('/', at + 1);
    const end = slash < 0 ? pointer.length : slash;
    const token = pointer.slice(at + 1, end);
    const isEscaped = token.includes('~');
    account.pay(STEP_PRICE + (isEscaped ? token.length * ESCAPED_PRICE : 0));
    value = member(value, isEscaped ? token.replaceAll('~1', '/').replaceAll('~0', '~') : token);
    at = end;
  }
  return value;
}
