/** Host functions called as a guest calls them, on the memory and fuel of a real metered instance, one by one from a test. */
import { CallAccount } from '../../engine/host/account.ts';
import { CallDesk } from '../../engine/host/call-service.ts';
import { configTexts } from '../../engine/host/config.ts';
import { HostContext } from '../../engine/host/context.ts';
import { CustomDesk } from '../../engine/host/custom/service.ts';
import { EventDesk } from '../../engine/host/event-service.ts';
import { isAsync } from '../../engine/host/function.ts';
import { answering, wrap } from '../../engine/host/imports.ts';
import { KvGateway } from '../../engine/host/kv-gateway.ts';
import { MemoryKvStore } from '../../engine/host/kv-memory.ts';
import { LogChannel } from '../../engine/host/log-channel.ts';
import { type Sources, systemSources } from '../../engine/host/sources.ts';
import { HOST_FUNCTIONS } from '../../engine/host/table.ts';
import { TRAP } from '../../engine/host/trap.ts';
import type { KvStore } from '../../engine/kv-store.ts';
import { type LimitsInput, resolveLimits } from '../../engine/limits.ts';
import { type GuestHeap, GuestMemory } from '../../engine/memory/guest-memory.ts';
import { packedLength, packedPointer, unpack } from '../../engine/memory/packed.ts';
import { meter } from '../../engine/meter/index.ts';
import type { Deterministic, Logger } from '../../engine/options.ts';
import { noHttp } from './http-gateway.ts';
import { compileWat, type PluginWat, pluginWat } from './wat.ts';

export interface ProbeOptions {
  readonly limits?: LimitsInput;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly logger?: Logger;
  readonly context?: unknown;
  readonly guest?: PluginWat;
  readonly sources?: Sources;
  readonly kv?: KvStore;
  /** The clock of `kv`. */
  readonly now?: () => number;
  readonly deterministic?: Deterministic;
}

export class HostProbe {
  readonly account: CallAccount;
  readonly host: HostContext;
  readonly memory: GuestMemory;
  readonly heap: GuestHeap;

  constructor({
    limits,
    config = {},
    logger,
    context,
    guest = { memory: '1 256' },
    sources = systemSources(),
    kv = new MemoryKvStore(),
    now,
    deterministic,
  }: ProbeOptions = {}) {
    const { bytes, report } = meter(compileWat(pluginWat(guest)));
    const { getFuel, spend, begin, refill } = report.hidden;
    const resolved = resolveLimits({ fuel: 2 ** 40, ...limits });
    this.account = new CallAccount(resolved);
    const log = new LogChannel(logger, 'probe', '1.0.0', resolved.logLinesPerSecond);
    this.host = new HostContext(
      {
        log,
        permits: new Map(),
        custom: new CustomDesk('probe', new Map(), new Map()),
        events: new EventDesk('p', {}, {}, () => {}),
        calls: new CallDesk('p', {}, {}, () => undefined),
        config: configTexts(config),
        http: noHttp(),
        kv: new KvGateway(kv, 'probe', resolved, log, now),
        sources,
      },
      this.account,
    );
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
      [refill?.module ?? '']: { [refill?.name ?? '']: (rest: number) => this.account.refill(rest) },
    });
    const functions = exports as unknown as Record<string, (...args: number[]) => number>;
    this.account.attach({
      get: functions[getFuel]!,
      spend: functions[spend]!,
      begin: functions[begin]!,
    });
    this.heap = {
      memory: exports.memory as WebAssembly.Memory,
      malloc: functions.malloc as (size: number) => number,
      free: functions.free as unknown as (pointer: number) => void,
    };
    this.memory = new GuestMemory(this.heap);
    this.host.memory = this.memory;
    this.account.begin(
      { limits: resolved, signal: undefined, context, deterministic },
      performance.now(),
      'startTimeoutMs',
    );
  }

  /** Calls a host function that answers at once. What ended the call instead is thrown as it was kept for the caller. */
  call(name: string, ...args: number[]): number | bigint | undefined {
    const row = HOST_FUNCTIONS.get(name);
    if (row === undefined) throw new Error(`no host function ${name}`);
    try {
      const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = args;
      // As the guest's own code does before it calls.
      this.account.pay(row.price.base);
      const run = wrap(isAsync(row) ? answering(row) : row, this.host);
      return run(a, b, c, d, e, f);
    } catch (error) {
      if (error !== TRAP) throw new Error('something else than the trap went into the guest', { cause: error });
      throw this.account.ended;
    }
  }

  number(name: string, ...args: number[]): number {
    return this.call(name, ...args) as number;
  }

  /** Text in guest memory, as pointer and length. */
  text(text: string): [pointer: number, length: number] {
    const pointer = this.memory.giveText(text, 2 ** 32);
    return [pointer, this.memory.givenBytes];
  }

  bytes(bytes: Uint8Array): [pointer: number, length: number] {
    return [this.memory.give(bytes, 2 ** 32), bytes.length];
  }

  /** What a host function handed over; undefined for 0. */
  taken(name: string, ...args: number[]): string | undefined {
    const packed = this.call(name, ...args) as bigint;
    if (packed === 0n) return undefined;
    unpack(packed);
    return this.memory.readText(packedPointer(), packedLength(), name);
  }

  /** Fuel that `action` costs. */
  cost(action: () => unknown): number {
    const before = this.fuelUsed();
    action();
    return this.fuelUsed() - before;
  }

  fuelUsed(): number {
    this.account.settleFault(0);
    return this.account.fuelUsed;
  }
}
