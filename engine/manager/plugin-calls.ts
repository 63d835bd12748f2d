/**
 * The way of a call to the version of a plugin that answers at that moment: whether it may pass, where it waits, who answers
 * it, and what is learned from it. Each call is answered by one version, whatever happens meanwhile.
 */
import { RingfenceError } from '../errors.ts';
import type { CallablePlugin, ServeOptions } from '../host/call-service.ts';
import { UsageRecord } from '../host/usage-counters.ts';
import type { CallOptions } from '../options.ts';
import type { Input, OutputKind } from '../runtime/instance.ts';
import { type Verdict, verdictOn } from './call-outcome.ts';
import type { PluginRecord } from './plugin-record.ts';
import type { PluginVersion } from './plugin-version.ts';
import { SlidingWindow } from './sliding-window.ts';

/** What supervision hears of each call. */
export interface CallNews {
  readonly version: PluginVersion;
  readonly verdict: Verdict;
  /** From the moment at which it was let through. */
  readonly ms: number;
}

type Run<Value> = (version: PluginVersion, options: CallOptions | undefined, used: UsageRecord) => Promise<Value>;

export class PluginCalls implements CallablePlugin {
  readonly #record: PluginRecord;
  readonly #onCall: (news: CallNews) => void;
  #cpu: SlidingWindow<'fuel'>;

  constructor(record: PluginRecord, onCall: (news: CallNews) => void) {
    this.#record = record;
    this.#onCall = onCall;
    this.#cpu = newCpuWindow(record);
  }

  /** The configuration has changed. */
  adjust(): void {
    this.#cpu = newCpuWindow(this.#record);
  }

  /**
   * @param used where to leave what the call used
   * @throws UNAVAILABLE; LIMIT_EXCEEDED (limit `cpuFuel`); whatever a call may throw
   */
  run(
    kind: 'function' | 'hook',
    encoding: OutputKind,
    name: string,
    input: Input,
    options?: CallOptions,
    used?: UsageRecord,
  ): Promise<unknown> {
    return this.#pass(options, used, ({ plugin }, settings, record) =>
      plugin.account(kind, encoding, name, input, settings, record),
    );
  }

  /** What other plugins call, through the host. */
  serve(name: string, input: Uint8Array, options: ServeOptions): Promise<{ output: Uint8Array; fuelUsed: number }> {
    const { signal, deadline } = options;
    const limits = { timeoutMs: Math.max(1, Math.ceil(deadline - performance.now())) };
    return this.#pass({ signal, limits }, undefined, async ({ plugin }, _, used) => {
      const served = await plugin.serve(name, input, options);
      used.fuelUsed = served.fuelUsed;
      return served;
    });
  }

  async #pass<Value>(options: CallOptions | undefined, used: UsageRecord | undefined, run: Run<Value>): Promise<Value> {
    const { breaker, gate, seams } = this.#record;
    this.#checkState();
    this.#checkBudget();
    if (!breaker.admits(seams.clock.now())) throw this.#tripped();
    let verdict: Verdict = 'neither';
    let version: PluginVersion | undefined;
    let startedAt = 0;
    let record = used;
    try {
      const settings = gate.isClosed ? await this.#wait(options) : options;
      version = this.#record.current;
      if (version === undefined) throw this.#unavailable();
      record ??= new UsageRecord(version.plugin.info.limits);
      version.begin();
      startedAt = seams.clock.now();
      if (seams.faults.before !== undefined) await seams.faults.before('call', this.#record.id, version.version);
      const value = await run(version, settings, record);
      verdict = 'ok';
      return value;
    } catch (error) {
      verdict = verdictOn(error);
      if (record !== undefined && record.fuelUsed === 0) record.fuelUsed = fuelOf(error);
      throw error;
    } finally {
      const now = seams.clock.now();
      // One that ends on a version that has been replaced says nothing of the other.
      if (verdict === 'neither' || version !== this.#record.current) breaker.undecided();
      else if (verdict === 'ok') breaker.succeeded();
      else breaker.failed(now);
      if (version !== undefined) {
        version.end();
        this.#cpu.add(now, 'fuel', record?.fuelUsed ?? 0);
        this.#onCall({ version, verdict, ms: now - startedAt });
      }
    }
  }

  /** Until the plugin has changed its version. @returns the options, with the time that is left */
  async #wait(options: CallOptions | undefined): Promise<CallOptions> {
    const { gate, current } = this.#record;
    const limits = current?.plugin.info.limits;
    const given = options?.limits?.timeoutMs;
    const timeoutMs = typeof given === 'number' ? given : (limits?.timeoutMs ?? 10_000);
    const startedAt = performance.now();
    await gate.pass(timeoutMs, options?.signal, limits?.queue ?? 0);
    const left = Math.max(1, Math.ceil(startedAt + timeoutMs - performance.now()));
    return { ...options, limits: { ...options?.limits, timeoutMs: left } };
  }

  #checkState(): void {
    if (this.#record.state !== 'running') throw this.#unavailable();
  }

  #checkBudget(): void {
    const { cpuFuel, cpuWindowMs } = this.#record.settings.supervision;
    if (cpuFuel === 0) return;
    const { fuel } = this.#cpu.totals(this.#record.seams.clock.now());
    if (fuel < cpuFuel) return;
    this.#record.journal.count(this.#record.id, 'calls.over-budget');
    throw new RingfenceError(
      'LIMIT_EXCEEDED',
      `The plugin ${this.#record.id} has used ${fuel} units of fuel within ${cpuWindowMs} ms: its calls may use ${cpuFuel} together (\`cpuFuel\`)`,
      { plugin: this.#record.id, details: { limit: 'cpuFuel', used: fuel, allowed: cpuFuel, windowMs: cpuWindowMs } },
    );
  }

  #unavailable(): RingfenceError {
    const { id, state, reason } = this.#record;
    return new RingfenceError('UNAVAILABLE', `The plugin ${id} takes no calls: it is ${state} (${reason})`, {
      plugin: id,
      details: { state, reason },
    });
  }

  #tripped(): RingfenceError {
    const { id, breaker, seams, journal } = this.#record;
    journal.count(id, 'calls.tripped');
    const leftMs = Math.ceil(breaker.left(seams.clock.now()));
    return new RingfenceError(
      'UNAVAILABLE',
      `The plugin ${id} has failed too often in a row: one call may try again in ${leftMs} ms`,
      { plugin: id, details: { state: 'running', breaker: breaker.state, leftMs } },
    );
  }
}

const newCpuWindow = ({ settings }: PluginRecord): SlidingWindow<'fuel'> =>
  new SlidingWindow(settings.supervision.cpuWindowMs, ['fuel']);

/** Of a call that another plugin made, and that failed. */
function fuelOf(error: unknown): number {
  const { usage } = (error as RingfenceError).details ?? {};
  return (usage as { readonly fuel?: { readonly used: number } } | undefined)?.fuel?.used ?? 0;
}
