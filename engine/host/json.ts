/**
 * Capability `json`: documents are parsed, read, built and written on the host. A guest without a JSON library, or with a
 * slow one, keeps a handle and asks for what it needs. Handles live until they are freed or the call ends.
 */
import { firstBadUtf8 } from '../memory/utf8.ts';
import type { HostContext } from './context.ts';
import type { Price, SyncHostFunction } from './function.ts';
import { scanJson } from './json-scan.ts';
import { arrayIndex, atPointer, isObject, JSON_TYPES, type Json, member, typeOf } from './json-store.ts';
import { writeJson } from './json-write.ts';

/**
 * For reading every byte twice, and for every value that is made and kept: what they take of V8, at some 15 fuel per nanosecond.
 * Cheaper, a plugin could have the host work for longer than it pays for, and the event loop would stand still meanwhile.
 */
const PARSE: Price = { base: 1_500, perByte: 60 };
const VALUE_PRICE = 1_000;
/** Per name of a member, on top of its value: V8 keeps one text of each name. */
const NAME_PRICE = 2_000;
const READ: Price = { base: 200 };
/** A handle is opened. */
const OPEN: Price = { base: 1_500 };
const BY_NAME: Price = { base: 2_500, perByte: 20 };
/** Per item of an array that moves. */
const MOVE_PRICE = 5;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

type Row = Pick<SyncHostFunction, 'params' | 'results' | 'spans' | 'price' | 'call'>;
const ROWS: Readonly<Record<string, Row>> = {
  json_parse: {
    params: ['i32', 'i32'],
    results: ['i32'],
    spans: [0],
    price: PARSE,
    call: parse,
  },
  json_error: {
    params: [],
    results: ['i64'],
    price: { base: 5_000 },
    call: (host) => (host.json.failure === undefined ? 0n : host.giveText(JSON.stringify(host.json.failure))),
  },
  json_type: { params: ['i32'], results: ['i32'], price: READ, call: (host, handle) => typeOf(host.json.get(handle)) },
  json_get: {
    params: ['i32', 'i32', 'i32'],
    results: ['i32'],
    spans: [1],
    price: BY_NAME,
    call: (host, handle, pointer, length) =>
      openPart(host, atPointer(host.json.get(handle), name(host, pointer, length), host.account)),
  },
  json_member: {
    params: ['i32', 'i32', 'i32'],
    results: ['i32'],
    spans: [1],
    price: BY_NAME,
    call: (host, handle, pointer, length) => {
      const value = host.json.get(handle);
      return openPart(host, isObject(value) ? member(value, name(host, pointer, length)) : undefined);
    },
  },
  json_at: {
    params: ['i32', 'i32'],
    results: ['i32'],
    price: OPEN,
    call: (host, handle, index) => {
      const value = host.json.get(handle);
      if (Array.isArray(value)) return openPart(host, value[index >>> 0]);
      const key = isObject(value) ? host.json.names(value)[index >>> 0] : undefined;
      return openPart(host, key === undefined ? undefined : member(value, key));
    },
  },
  json_key: {
    params: ['i32', 'i32'],
    results: ['i64'],
    price: READ,
    call: (host, handle, index) => {
      const value = host.json.get(handle);
      const key = isObject(value) ? host.json.names(value)[index >>> 0] : undefined;
      return key === undefined ? 0n : host.giveText(key);
    },
  },
  json_length: {
    params: ['i32'],
    results: ['i32'],
    price: READ,
    call: (host, handle) => {
      const value = host.json.get(handle);
      if (Array.isArray(value)) return value.length;
      return isObject(value) ? host.json.names(value).length : 0;
    },
  },
  json_number: {
    params: ['i32'],
    results: ['f64'],
    price: READ,
    call: (host, handle) => {
      const value = host.json.get(handle);
      return typeof value === 'number' || typeof value === 'boolean' ? Number(value) : Number.NaN;
    },
  },
  json_string: {
    params: ['i32'],
    results: ['i64'],
    price: READ,
    call: (host, handle) => {
      const value = host.json.get(handle);
      return typeof value === 'string' ? host.giveText(value) : 0n;
    },
  },
  json_new: { params: ['i32'], results: ['i32'], price: OPEN, call: (host, type) => openNew(host, emptyOf(type)) },
  json_new_boolean: {
    params: ['i32'],
    results: ['i32'],
    price: OPEN,
    call: (host, value) => openNew(host, value !== 0),
  },
  // NaN and the infinities are no JSON.
  json_new_number: {
    params: ['f64'],
    results: ['i32'],
    price: OPEN,
    call: (host, value) => openNew(host, Number.isFinite(value) ? value : undefined),
  },
  json_new_string: {
    params: ['i32', 'i32'],
    results: ['i32'],
    spans: [0],
    price: BY_NAME,
    call: (host, pointer, length) => {
      host.json.hold(length >>> 0, 0);
      return openNew(host, host.memory.readTextLeniently(pointer, length, 'JSON string'));
    },
  },
  json_set: { params: ['i32', 'i32', 'i32', 'i32'], results: ['i32'], spans: [1], price: BY_NAME, call: set },
  json_push: {
    params: ['i32', 'i32'],
    results: ['i32'],
    price: OPEN,
    call: (host, handle, item) => {
      const array = host.json.get(handle);
      const value = host.json.get(item);
      if (!Array.isArray(array) || value === undefined) return 0;
      host.json.hold(0, 1);
      array.push(value);
      return 1;
    },
  },
  json_remove: {
    params: ['i32', 'i32', 'i32'],
    results: ['i32'],
    spans: [1],
    price: BY_NAME,
    call: (host, handle, pointer, length) => {
      const value = host.json.get(handle);
      const key = name(host, pointer, length);
      if (isObject(value)) return host.json.remove(value, key) ? 1 : 0;
      const index = arrayIndex(key);
      if (!Array.isArray(value) || !(index < value.length)) return 0;
      // The items behind it move up.
      host.account.pay((value.length - index) * MOVE_PRICE);
      value.splice(index, 1);
      return 1;
    },
  },
  json_stringify: {
    params: ['i32'],
    results: ['i64'],
    price: { base: 3_000 },
    call: (host, handle) => {
      const value = host.json.get(handle);
      return value === undefined ? 0n : host.giveText(writeJson(value, host.account));
    },
  },
  json_free: {
    params: ['i32'],
    results: [],
    price: READ,
    call: (host, handle) => {
      host.json.close(handle);
      return undefined;
    },
  },
};

export const JSON_FUNCTIONS: readonly SyncHostFunction[] = Object.entries(ROWS).map(([name, row]) => ({
  name,
  capability: 'json',
  ...row,
}));

/** A handle to the document, or 0 with the reason for `json_error`. */
function parse(host: HostContext, pointer: number, length: number): number {
  const bytes = host.memory.view(pointer, length, 'JSON text');
  const scan = scanJson(bytes, host.account.limits.jsonDepth);
  // Whatever comes of it: they were looked at one by one.
  host.account.pay(scan.values * VALUE_PRICE + scan.names * NAME_PRICE);
  if ('message' in scan) return refuse(host, scan.message, scan.offset);
  if (!host.json.hasRoom(bytes.length, scan.values)) {
    return refuse(
      host,
      `Too large to hold beside what this call holds already: ${bytes.length} bytes, ${scan.values} values (limit \`memory\`)`,
      0,
    );
  }
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return refuse(host, 'Not UTF-8', firstBadUtf8(bytes));
  }
  host.json.hold(bytes.length, scan.values);
  return host.json.open(JSON.parse(text) as Json);
}

function refuse(host: HostContext, message: string, offset: number): number {
  host.json.failure = { message, offset };
  return 0;
}

function set(host: HostContext, handle: number, pointer: number, length: number, valueHandle: number): number {
  const target = host.json.get(handle);
  const value = host.json.get(valueHandle);
  if (value === undefined) return 0;
  const key = name(host, pointer, length);
  if (isObject(target)) {
    host.json.hold(key.length, 1);
    host.json.set(target, key, value);
    return 1;
  }
  const index = arrayIndex(key);
  if (!Array.isArray(target) || !(index < target.length)) return 0;
  target[index] = value;
  return 1;
}

const name = (host: HostContext, pointer: number, length: number): string =>
  host.memory.readTextLeniently(pointer, length, 'JSON name');

const openPart = (host: HostContext, value: Json | undefined): number =>
  value === undefined ? 0 : host.json.open(value);

function openNew(host: HostContext, value: Json | undefined): number {
  if (value === undefined) return 0;
  host.json.hold(0, 1);
  return host.json.open(value);
}

function emptyOf(type: number): Json | undefined {
  switch (type) {
    case JSON_TYPES.null:
      return null;
    case JSON_TYPES.boolean:
      return false;
    case JSON_TYPES.array:
      return [];
    case JSON_TYPES.object:
      return {};
    default:
      return undefined;
  }
}
