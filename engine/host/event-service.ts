/** Events that plugins send, on their way to the application. */
import { oneLine } from '../abi/one-line.ts';
import { type Grants, grantedName } from '../grants.ts';
import type { Permissions } from '../validate/manifest.ts';
import { grantLine } from '../validate/permission-lines.ts';
import { askedPermissions } from '../validate/permissions.ts';
import { type Json, type JsonProblem, parseJson } from '../validate/plain-json.ts';
import { quote } from '../validate/quote.ts';
import { coversEvent } from './event-pattern.ts';
import type { HostFailure } from './host-failure.ts';
import type { Service, ServiceCall } from './services.ts';
import type { Whenever } from './whenever.ts';

/** One event. The payload is frozen data whose objects have no prototype; undefined if there was none. */
export interface PluginEvent {
  /** Id of the plugin that sent it. */
  readonly plugin: string;
  /** Such as `order.created`. */
  readonly event: string;
  readonly payload: Json | undefined;
  /** The `context` of the call that sent it. */
  readonly context: unknown;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

export interface EventService extends Service {
  /** @param payload JSON text, or nothing. @returns why the event was not taken; undefined if it was */
  emit(call: ServiceCall, event: string, payload: Uint8Array): Whenever<HostFailure | undefined>;
}

/** Bytes of a name: what manifests allow. */
export const EVENT_NAME_BYTES = 100;
const EVENT_NAME = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;

/** The events that one plugin may send. */
export class EventDesk implements EventService {
  readonly mayWait = false;
  readonly #plugin: string;
  readonly #asked: readonly string[];
  readonly #grants: Grants;
  readonly #deliver: (event: PluginEvent) => void;

  /** @param deliver must not throw */
  constructor(plugin: string, permissions: Permissions, grants: Grants, deliver: (event: PluginEvent) => void) {
    this.#plugin = plugin;
    this.#asked = askedPermissions({ emit: permissions.emit ?? [] }).map(({ name }) => name as string);
    this.#grants = grants;
    this.#deliver = deliver;
  }

  emit(call: ServiceCall, event: string, payload: Uint8Array): HostFailure | undefined {
    if (typeof event !== 'string' || event.length > EVENT_NAME_BYTES || !EVENT_NAME.test(event)) {
      return { code: 'INVALID_INPUT', message: 'Expected the name of an event, such as "order.created"' };
    }
    if (!(payload instanceof Uint8Array)) return { code: 'INVALID_INPUT', message: 'Expected bytes' };
    const refusal = this.#refusal(event);
    if (refusal !== undefined) return { code: 'PERMISSION_DENIED', message: refusal };
    const { events, eventBytes, jsonDepth } = call.limits;
    if (call.counters.events >= events) return overLimit('events', events, 'One more event in this call');
    if (payload.length > eventBytes) {
      return overLimit('eventBytes', eventBytes, `The payload has ${payload.length} bytes, which`);
    }
    let value: Json | undefined;
    try {
      if (payload.length > 0) value = parseJson(payload, jsonDepth);
    } catch (error) {
      return { code: 'INVALID_INPUT', message: `The payload ${oneLine((error as JsonProblem).message)}` };
    }
    call.counters.events++;
    this.#deliver({ plugin: this.#plugin, event, payload: value, context: call.context, time: Date.now() });
    return undefined;
  }

  #refusal(event: string): string | undefined {
    if (!this.#asked.some((pattern) => coversEvent(pattern, event))) {
      return `The manifest of the plugin does not ask to send ${quote(event)}. Add to its permissions: "emit": [{ "name": ${quote(event)}, "reason": "…" }]`;
    }
    const granted = this.#grants.emit;
    if (granted === true || granted?.some((item) => coversEvent(grantedName(item), event))) return undefined;
    const missing = { capability: 'emit', name: event, optional: false } as const;
    return `The plugin was not granted to send ${quote(event)}. Add to its grants: ${grantLine([missing], this.#grants)}`;
  }
}

const overLimit = (limit: string, allowed: number, what: string): HostFailure => ({
  code: 'LIMIT_EXCEEDED',
  message: `${what} is over the limit \`${limit}\` of ${allowed}`,
  details: { limit, allowed },
});
