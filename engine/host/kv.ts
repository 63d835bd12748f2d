/**
 * Capability `kv`: data that a plugin keeps from call to call, under keys of its own. Here guest memory is read and written; the
 * rest is the service's work. What an operation answers beside its status is kept until the next one, or the end of the call.
 */
import { isRingfenceError } from '../errors.ts';
import type { HostContext } from './context.ts';
import type { AsyncHostFunction, HostFunction, Price, SyncHostFunction } from './function.ts';
import { type KvFailure, refuse } from './kv-service.ts';
import { type Whenever, whenever } from './whenever.ts';

const READ: Price = { base: 200 };
/** JSON is made of it. */
const FAILURE: Price = { base: 5_000 };
/** Fuel per key of a listing, for finding and naming it. */
const KEY_PRICE = 2_000;
/** In place of a version: whatever is there. */
const ANY = -1;

const FAILED = -1;

/** What the operation before has answered. */
export class KvAnswers {
  value: Uint8Array | null = null;
  version = 0;
  /** JSON. */
  page = '';
  failure: KvFailure | undefined;

  clear(): void {
    this.value = null;
    this.version = 0;
    this.page = '';
    this.failure = undefined;
  }
}

/** An operation, whose status the guest gets; priced as if the data were on a disk. */
const operation = (
  name: string,
  params: AsyncHostFunction['params'],
  spans: readonly number[],
  price: Price,
  wait: AsyncHostFunction['wait'],
): HostFunction => ({
  name,
  capability: 'kv',
  params,
  results: ['i32'],
  spans,
  price,
  wait,
  mayWait: ({ kv }) => kv.mayWait,
  refuse: (host, refusal) => fail(host, refuse('PERMISSION_DENIED', refusal)),
});

/** What an operation has left. */
const answer = (name: string, result: 'i64' | 'f64', call: SyncHostFunction['call'], price = READ): HostFunction => ({
  name,
  capability: 'kv',
  params: [],
  results: [result],
  price,
  call,
  refuse: (host) => call(host, 0, 0, 0, 0, 0, 0),
});

export const KV: readonly HostFunction[] = [
  operation('kv_get', ['i32', 'i32'], [0], { base: 50_000, perByte: 10 }, get),
  operation('kv_set', ['i32', 'i32', 'i32', 'i32', 'f64', 'f64'], [0, 2], { base: 200_000, perByte: 10 }, set),
  operation('kv_delete', ['i32', 'i32', 'f64'], [0], { base: 200_000, perByte: 10 }, remove),
  operation('kv_list', ['i32', 'i32', 'i32', 'i32', 'i32'], [0, 2], { base: 100_000, perByte: 10 }, list),
  answer('kv_value', 'i64', (host) => (host.kv.value === null ? 0n : host.giveBytes(host.kv.value))),
  answer('kv_version', 'f64', (host) => host.kv.version),
  answer('kv_page', 'i64', (host) => (host.kv.page === '' ? 0n : host.giveText(host.kv.page))),
  answer('kv_error', 'i64', giveFailure, FAILURE),
];

/** @returns 1 if there is an entry, 0 if not, -1 with the reason for `kv_error` */
function get(host: HostContext, keyAt: number, keySize: number): Whenever<number> {
  host.kv.clear();
  const key = readKey(host, keyAt, keySize);
  if (typeof key !== 'string') return fail(host, key);
  const call = host.account.service;
  return whenever(host.services.kv.get(call, key), call, (found) => {
    if (!found.ok) return fail(host, found);
    host.kv.value = found.value;
    host.kv.version = found.version;
    return found.value === null ? 0 : 1;
  });
}

/** @returns 1 if it was written, 0 if the entry has another version than expected, -1 with the reason for `kv_error` */
function set(
  host: HostContext,
  keyAt: number,
  keySize: number,
  valueAt: number,
  valueSize: number,
  ttlMs: number,
  expected: number,
): Whenever<number> {
  host.kv.clear();
  const { kvValueBytes } = host.account.limits;
  const key = readKey(host, keyAt, keySize);
  if (typeof key !== 'string') return fail(host, key);
  if (valueSize >>> 0 > kvValueBytes) {
    return fail(host, tooLong('value', valueSize >>> 0, 'kvValueBytes', kvValueBytes));
  }
  const value = host.memory.read(valueAt, valueSize, 'value to keep');
  const call = host.account.service;
  const options = { ttlMs, expected: expected === ANY ? null : expected };
  return whenever(host.services.kv.set(call, key, value, options), call, (result) => {
    if (!result.ok) return fail(host, result);
    host.kv.version = result.version;
    return result.done ? 1 : 0;
  });
}

/** @returns 1 if it was deleted, 0 if there is nothing or another version than expected, -1 with the reason for `kv_error` */
function remove(host: HostContext, keyAt: number, keySize: number, expected: number): Whenever<number> {
  host.kv.clear();
  const key = readKey(host, keyAt, keySize);
  if (typeof key !== 'string') return fail(host, key);
  const call = host.account.service;
  return whenever(host.services.kv.delete(call, key, expected === ANY ? null : expected), call, (result) => {
    if (!result.ok) return fail(host, result);
    host.kv.version = result.version;
    return result.done ? 1 : 0;
  });
}

/** @returns the number of keys on the page, which `kv_page` hands over; -1 with the reason for `kv_error` */
function list(
  host: HostContext,
  prefixAt: number,
  prefixSize: number,
  afterAt: number,
  afterSize: number,
  limit: number,
): Whenever<number> {
  host.kv.clear();
  const prefix = readKey(host, prefixAt, prefixSize);
  if (typeof prefix !== 'string') return fail(host, prefix);
  const after = readKey(host, afterAt, afterSize);
  if (typeof after !== 'string') return fail(host, after);
  const call = host.account.service;
  return whenever(host.services.kv.list(call, prefix, after, limit >>> 0), call, (found) => {
    if (!found.ok) return fail(host, found);
    const { keys, next } = found;
    host.account.pay(keys.length * KEY_PRICE);
    host.kv.page = JSON.stringify({ keys, next });
    return keys.length;
  });
}

function readKey(host: HostContext, pointer: number, length: number): string | KvFailure {
  const { kvKeyBytes } = host.account.limits;
  if (length >>> 0 > kvKeyBytes) return tooLong('key', length >>> 0, 'kvKeyBytes', kvKeyBytes);
  try {
    return host.memory.readText(pointer, length, 'a key');
  } catch (error) {
    if (isRingfenceError(error, 'BAD_OUTPUT')) return refuse('INVALID_ARGUMENT', error.message);
    throw error;
  }
}

const tooLong = (what: string, size: number, limit: string, allowed: number): KvFailure =>
  refuse('LIMIT_EXCEEDED', `The ${what} has ${size} bytes: that is over the limit \`${limit}\` of ${allowed}`);

/** @returns JSON `{ code, message }`; 0 if the operation before did not fail */
function giveFailure(host: HostContext): bigint {
  const { failure } = host.kv;
  if (failure === undefined) return 0n;
  return host.giveText(JSON.stringify({ code: failure.code, message: failure.message }));
}

/** Keeps the reason for `kv_error`. */
function fail({ account, kv, services }: HostContext, failure: KvFailure): number {
  kv.failure = failure;
  if (failure.code === 'PERMISSION_DENIED') {
    // The plugin may keep it to itself, but the operator is the one who can act on it.
    services.log.write('warn', `kv: ${failure.message}`, 'engine', account.context);
  }
  return FAILED;
}
