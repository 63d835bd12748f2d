/** What host functions see of the world: the plugin they serve, the call they run in, the memory they may touch. */
import type { GuestMemory } from '../memory/guest-memory.ts';
import { pack } from '../memory/packed.ts';
import type { CallAccount } from './account.ts';
import type { CallService } from './call-service.ts';
import type { CustomService } from './custom/service.ts';
import type { EventService } from './event-service.ts';
import { ExtismState } from './extism/state.ts';
import { FAILED, type HostFailure } from './host-failure.ts';
import { HttpHandles } from './http-handles.ts';
import type { HttpService } from './http-service.ts';
import { JsonStore } from './json-store.ts';
import { KvAnswers } from './kv.ts';
import type { KvService } from './kv-service.ts';
import type { LogChannel } from './log-channel.ts';
import type { Permits } from './permissions.ts';
import { fixedSources, type Sources } from './sources.ts';
import { WasiState } from './wasi/state.ts';

/** What all instances of one loaded plugin share. */
export interface HostServices {
  readonly log: LogChannel;
  /** JSON text of each configuration value by its key; under the empty key, all of it. */
  readonly config: ReadonlyMap<string, string>;
  /** What the plugin may do. */
  readonly permits: Permits;
  readonly http: HttpService;
  readonly custom: CustomService;
  readonly kv: KvService;
  readonly events: EventService;
  readonly calls: CallService;
  readonly sources: Sources;
}

/** Fuel of handing something to the guest: its `malloc` is called, and bytes are copied; text is encoded, which takes longer. */
const GIVE_PRICE = { base: 1_500, perUnit: 4, perByte: 1 };
const MOST_BYTES = 0xffff_ffff;

/** One per instance; what belongs to a call is cleared when it ends. */
export class HostContext {
  readonly services: HostServices;
  /** As in the services, until the instance is given another. */
  config: HostServices['config'];
  readonly account: CallAccount;
  /** Set once the instance exists: no guest code runs before. */
  memory!: GuestMemory;
  /** Of the plugin, as the caller names it; empty while it starts and stops. */
  functionName = '';
  /** What the guest last gave to `error_set` in this call. */
  guestError: Uint8Array | undefined;
  /** Why the host function before failed, for `host_error`. */
  failure: HostFailure | undefined;
  /** Of a call in deterministic mode, once it has asked. */
  #fixed: Sources | undefined;
  // Made when a guest first needs them: most need none.
  #json: JsonStore | undefined;
  #http: HttpHandles | undefined;
  #kv: KvAnswers | undefined;
  #wasi: WasiState | undefined;
  #extism: ExtismState | undefined;

  constructor(services: HostServices, account: CallAccount) {
    this.services = services;
    this.config = services.config;
    this.account = account;
  }

  get json(): JsonStore {
    this.#json ??= new JsonStore(this.account);
    return this.#json;
  }

  get http(): HttpHandles {
    this.#http ??= new HttpHandles();
    return this.#http;
  }

  get kv(): KvAnswers {
    this.#kv ??= new KvAnswers();
    return this.#kv;
  }

  get wasi(): WasiState {
    this.#wasi ??= new WasiState();
    return this.#wasi;
  }

  get extism(): ExtismState {
    this.#extism ??= new ExtismState(this.account);
    return this.#extism;
  }

  /** Time and random numbers as the running call gets them. */
  get sources(): Sources {
    const { deterministic } = this.account;
    if (deterministic === undefined) return this.services.sources;
    this.#fixed ??= fixedSources(deterministic);
    return this.#fixed;
  }

  /** Hands text to the guest in memory from its own `malloc`; the guest frees it. @returns packed pointer and length */
  giveText(text: string): bigint {
    this.account.pay(GIVE_PRICE.base + text.length * GIVE_PRICE.perUnit);
    const pointer = this.memory.giveText(text, MOST_BYTES);
    return pack(pointer, this.memory.givenBytes);
  }

  /** Hands bytes to the guest, as {@link giveText} does. */
  giveBytes(bytes: Uint8Array): bigint {
    this.account.pay(GIVE_PRICE.base + bytes.length * GIVE_PRICE.perByte);
    const pointer = this.memory.give(bytes, MOST_BYTES);
    return pack(pointer, bytes.length);
  }

  /** Keeps why a host function failed. @returns what it answers in place of a packed pointer and length */
  fail(failure: HostFailure): bigint {
    this.failure = failure;
    return FAILED;
  }

  /** Drops what the call left open. */
  endCall(): void {
    this.account.endServices();
    this.#wasi?.endCall(this);
    this.#extism?.endCall();
    this.functionName = '';
    if (this.account.hostCalls > 0) this.#clear();
    this.services.log.reportDropped(this.account.context);
  }

  /** What host functions have left. */
  #clear(): void {
    this.guestError = undefined;
    this.failure = undefined;
    this.#fixed = undefined;
    this.#json?.clear();
    this.#http?.clear();
    this.#kv?.clear();
  }
}
