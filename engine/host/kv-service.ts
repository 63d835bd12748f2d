/**
 * What the capability `kv` is to host functions: the data of one plugin, kept on the engine's side of the wall. Plain data both
 * ways. What is not allowed, does not fit or fails is an answer too; only faults of ours throw.
 */
import type { Service, ServiceCall } from './services.ts';
import type { Whenever } from './whenever.ts';

export interface KvService extends Service {
  get(call: ServiceCall, key: string): Whenever<KvFound | KvFailure>;
  set(call: ServiceCall, key: string, value: Uint8Array, options: KvSetOptions): Whenever<KvDone | KvFailure>;
  /** @param expected the version that the entry has to have; null for whatever is there */
  delete(call: ServiceCall, key: string, expected: number | null): Whenever<KvDone | KvFailure>;
  /** @param after where the page before ended; empty for the first. @param limit keys at most; 0 for as many as there may be */
  list(call: ServiceCall, prefix: string, after: string, limit: number): Whenever<KvKeys | KvFailure>;
}

export interface KvSetOptions {
  /** Milliseconds from now until the entry is gone; 0 for never. */
  readonly ttlMs: number;
  /** The version that the entry has to have, 0 for "there must be none"; null for whatever is there. */
  readonly expected: number | null;
}

export interface KvFound {
  readonly ok: true;
  /** Null where there is nothing. */
  readonly value: Uint8Array | null;
  /** 0 where there is nothing. */
  readonly version: number;
}

export interface KvDone {
  readonly ok: true;
  /** False where the entry has another version than expected, or there is nothing to delete. */
  readonly done: boolean;
  /** Of the entry as it is now; 0 where there is none. */
  readonly version: number;
}

export interface KvKeys {
  readonly ok: true;
  readonly keys: readonly string[];
  /** Where to go on; undefined at the end. */
  readonly next?: string | undefined;
}

/** What `kv_error` answers: a code for the plugin, a sentence for people. */
export interface KvFailure {
  readonly ok: false;
  readonly code: KvErrorCode;
  readonly message: string;
}

export type KvErrorCode = 'PERMISSION_DENIED' | 'INVALID_ARGUMENT' | 'LIMIT_EXCEEDED' | 'STORE_FAILED';

export const refuse = (code: KvErrorCode, message: string): KvFailure => ({ ok: false, code, message });
