/**
 * Calls from plugin to plugin, brokered by the host: they never see each other. Who may call whom is a permission; cycles are
 * refused; how deep and how often is limited; and whoever calls pays.
 */
import { isRingfenceError } from '../errors.ts';
import type { Grants } from '../grants.ts';
import type { Permissions } from '../validate/manifest.ts';
import { grantLine } from '../validate/permission-lines.ts';
import { askedPermissions } from '../validate/permissions.ts';
import { quote } from '../validate/quote.ts';
import type { HostFailure } from './host-failure.ts';
import type { Service, ServiceCall } from './services.ts';
import type { Whenever } from './whenever.ts';

export type CallAnswer = CallOutput | CallFailure;
export interface CallOutput {
  readonly ok: true;
  readonly output: Uint8Array;
  /** Fuel that the called plugin used. */
  readonly fuelUsed: number;
}
export interface CallFailure extends HostFailure {
  readonly ok: false;
  readonly fuelUsed: number;
}

export interface CallService extends Service {
  /**
   * @param target id of a plugin and name of its function: `search/find`
   * @param fuel what the caller has left: the called plugin gets no more
   */
  call(call: ServiceCall, target: string, input: Uint8Array, fuel: number): Whenever<CallAnswer>;
}

/** Under what another plugin runs for a caller. */
export interface ServeOptions {
  readonly fuel: number;
  /** On the clock of `performance.now()`. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  readonly context: unknown;
  /** Ids of the plugins that wait for the answer, outermost first. */
  readonly callers: readonly string[];
  readonly deterministic: ServiceCall['deterministic'];
}

/** A plugin as others may call it. */
export interface CallablePlugin {
  /** Rejects with an error of ours, whose `details.usage` says what was used. */
  serve(name: string, input: Uint8Array, options: ServeOptions): Promise<{ output: Uint8Array; fuelUsed: number }>;
}

/** Longest id, a slash, longest name. */
export const TARGET_BYTES = 128 + 1 + 64;

/** The calls that one plugin makes. */
export class CallDesk implements CallService {
  readonly mayWait = true;
  readonly #plugin: string;
  readonly #asked: ReadonlySet<string>;
  readonly #grants: Grants;
  readonly #find: (id: string) => CallablePlugin | undefined;

  constructor(
    plugin: string,
    permissions: Permissions,
    grants: Grants,
    find: (id: string) => CallablePlugin | undefined,
  ) {
    this.#plugin = plugin;
    this.#asked = new Set(askedPermissions({ call: permissions.call ?? [] }).map(({ name }) => name as string));
    this.#grants = grants;
    this.#find = find;
  }

  call(call: ServiceCall, target: string, input: Uint8Array, fuel: number): Whenever<CallAnswer> {
    const slash = typeof target === 'string' ? target.lastIndexOf('/') : -1;
    if (slash < 1) return refuse('INVALID_INPUT', 'Expected a plugin and one of its functions, such as "search/find"');
    const id = target.slice(0, slash);
    // Before anything that tells whether there is such a plugin.
    const denied = this.#refusal(id);
    if (denied !== undefined) return refuse('PERMISSION_DENIED', denied);
    if (!(input instanceof Uint8Array)) return refuse('INVALID_INPUT', 'Expected bytes');
    // An instance that is started for a call may not call on: a circle of those would be nobody's call.
    if (call.isLifecycle) {
      return refuse(
        'NOT_RUNNING',
        'A plugin cannot call others while it is being started or stopped: call them in a function',
      );
    }
    const chain = [...call.callers, this.#plugin];
    if (chain.includes(id)) {
      return refuse('CALL_CYCLE', `The plugin ${quote(id)} waits for this call itself: ${[...chain, id].join(' -> ')}`);
    }
    const { pluginCalls, callDepth } = call.limits;
    if (chain.length > callDepth) return overLimit('callDepth', callDepth, 'One more plugin inside this call');
    if (call.counters.pluginCalls >= pluginCalls) {
      return overLimit('pluginCalls', pluginCalls, 'One more call of a plugin in this call');
    }
    const plugin = this.#find(id);
    if (plugin === undefined) return refuse('UNKNOWN_PLUGIN', `No plugin ${quote(id)} is loaded`);
    call.counters.pluginCalls++;
    const { deadline, signal, context, deterministic } = call;
    const options: ServeOptions = {
      // What asks may be a process that a plugin has taken over.
      fuel: Math.max(1, Math.min(Math.floor(fuel) || 1, call.limits.fuel)),
      deadline,
      signal,
      context,
      callers: chain,
      deterministic,
    };
    return plugin
      .serve(target.slice(slash + 1), input, options)
      .then(({ output, fuelUsed }): CallOutput => ({ ok: true, output, fuelUsed }), failureOf);
  }

  #refusal(id: string): string | undefined {
    const name = JSON.stringify(id);
    if (!this.#asked.has(id)) {
      return `The manifest of the plugin does not ask to call ${quote(id)}. Add to its permissions: "call": [{ "name": ${quote(id)}, "reason": "…" }]`;
    }
    const granted = this.#grants.call;
    if (granted === true || granted?.includes(id)) return undefined;
    const missing = { capability: 'call', name: id, optional: false } as const;
    return `The plugin was not granted to call ${name}. Add to its grants: ${grantLine([missing], this.#grants)}`;
  }
}

/** What the caller gets to know: the kind of failure, and of an error of the plugin's own what it said. */
function failureOf(error: unknown): CallFailure {
  if (!isRingfenceError(error)) throw error;
  const { code, message, details, plugin } = error;
  const usage = details.usage as { readonly fuel?: { readonly used: number } } | undefined;
  const own = code === 'GUEST_ERROR' ? { code: details.code, message: details.message, details: details.details } : {};
  return {
    ok: false,
    code,
    message,
    details: { plugin, function: details.function, ...own },
    fuelUsed: usage?.fuel?.used ?? 0,
  };
}

const refuse = (code: string, message: string, details?: unknown): CallFailure => ({
  ok: false,
  code,
  message,
  details,
  fuelUsed: 0,
});

const overLimit = (limit: string, allowed: number, what: string): CallFailure =>
  refuse('LIMIT_EXCEEDED', `${what} is over the limit \`${limit}\` of ${allowed}`, { limit, allowed });
