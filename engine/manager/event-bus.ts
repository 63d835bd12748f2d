/**
 * Takes an event to the plugins that subscribe to it, by priority. Those that only look at it are called and not waited for by
 * the others; those that may change or stop it have their turn one after the other, each with its own deadline.
 */
import { oneLine } from '../abi/one-line.ts';
import { type ErrorData, isRingfenceError, RingfenceError, withContext } from '../errors.ts';
import { coversEvent } from '../host/event-pattern.ts';
import { EVENT_NAME_BYTES } from '../host/event-service.ts';
import { checkNames, invalid, show } from '../option-checks.ts';
import { type Subscription, subscriptionsOf } from '../validate/index.ts';
import type { ManagedPlugin } from './managed-plugin.ts';
import { priorityOf } from './starter.ts';

export interface EmitOptions {
  /** Handed to the logger with what plugins log about it, and with events that they send. */
  readonly context?: unknown;
  /** Ends the handlers that still run, and asks no more. */
  readonly signal?: AbortSignal | undefined;
}

/** What one plugin has made of an event. */
export interface HandlerResult {
  readonly plugin: string;
  readonly version: string | undefined;
  /** `skipped`: it takes no calls at the moment. */
  readonly outcome: 'passed' | 'changed' | 'stopped' | 'failed' | 'skipped';
  /** What it answered: of one that may change or stop events, its `result`. */
  readonly result?: unknown;
  /** Of `failed` and `skipped`. */
  readonly error?: ErrorData | undefined;
}

export interface EmitReport {
  readonly event: string;
  /** As it was given, or as plugins have changed it. */
  readonly payload: unknown;
  /** Who stopped it, and why; undefined where it went through. */
  readonly stopped: { readonly plugin: string; readonly reason: string } | undefined;
  /** In the order in which the plugins had their turns. */
  readonly results: readonly HandlerResult[];
}

interface Subscriber {
  readonly plugin: ManagedPlugin;
  readonly priority: number;
  readonly may: Subscription['may'];
}

const NAME = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;
/** Events whose subscribers are remembered. */
const MOST_KNOWN = 1_000;
const REASON_UNITS = 500;

export class EventBus {
  readonly #plugins: ReadonlyMap<string, ManagedPlugin>;
  readonly #known = new Map<string, readonly Subscriber[]>();

  constructor(plugins: ReadonlyMap<string, ManagedPlugin>) {
    this.#plugins = plugins;
  }

  /** Plugins, versions or priorities have changed. */
  forget(): void {
    this.#known.clear();
  }

  /** @throws INVALID_OPTION, INVALID_INPUT; never what a plugin does wrong */
  async emit(event: string, payload: unknown, options: EmitOptions = {}): Promise<EmitReport> {
    checkNames('emit', options, ['context', 'signal']);
    if (typeof event !== 'string' || event.length > EVENT_NAME_BYTES || !NAME.test(event)) {
      throw invalid(`Expected the name of an event, such as "order.created", got ${show(event)}`, { option: 'event' });
    }
    const name = JSON.stringify(event);
    let text = messageOf(name, payload);
    let current = payload;
    const results: (HandlerResult | Promise<HandlerResult>)[] = [];
    let stopped: EmitReport['stopped'];
    for (const subscriber of this.#subscribers(event)) {
      if (options.signal?.aborted === true) break;
      const handled = this.#handle(subscriber, text, options);
      if (subscriber.may.length === 0) {
        results.push(handled.then(({ seen }) => seen));
        continue;
      }
      const { seen, change, stop } = await handled;
      results.push(seen);
      if (change !== undefined) {
        current = change.payload;
        text = messageOf(name, current);
      }
      if (stop !== undefined) {
        stopped = { plugin: subscriber.plugin.id, reason: stop };
        break;
      }
    }
    return { event, payload: current, stopped, results: await Promise.all(results) };
  }

  #subscribers(event: string): readonly Subscriber[] {
    const known = this.#known.get(event);
    if (known !== undefined) return known;
    const found = [...this.#plugins.values()].flatMap((plugin) => subscriberOf(plugin, event));
    found.sort((a, b) => b.priority - a.priority || (a.plugin.id < b.plugin.id ? -1 : 1));
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.set(event, found);
    return found;
  }

  /** Never rejects. */
  async #handle({ plugin, may }: Subscriber, text: string, { context, signal }: EmitOptions): Promise<Handled> {
    const { record, id } = plugin;
    const version = record.current?.version;
    const limits = { timeoutMs: record.settings.eventTimeoutMs };
    try {
      const answer = await plugin.calls.run('hook', 'text', 'on_event', text, { context, signal, limits });
      if (may.length === 0) return { seen: { plugin: id, version, outcome: 'passed', result: answer } };
      return readAnswer(plugin, version, may, answer);
    } catch (error) {
      const outcome = isRingfenceError(error, 'UNAVAILABLE') ? 'skipped' : 'failed';
      const data = withContext(error, { plugin: id }).toJSON();
      const isClosed = record.settings.onFailure === 'closed' && may.includes('stop');
      return {
        seen: { plugin: id, version, outcome, error: data },
        stop: isClosed ? `${id} could not handle it: ${data.message}` : undefined,
      };
    }
  }
}

interface Handled {
  readonly seen: HandlerResult;
  readonly change?: { readonly payload: unknown } | undefined;
  readonly stop?: string | undefined;
}

/** Of a plugin that may do something: `{ payload?, stop?, reason?, result? }`. What it may not do is left undone, and logged. */
function readAnswer(
  { id, record }: ManagedPlugin,
  version: string | undefined,
  may: Subscription['may'],
  answer: unknown,
): Handled {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) {
    return { seen: { plugin: id, version, outcome: 'passed', result: answer } };
  }
  const { payload, stop, reason, result } = answer as Readonly<Record<string, unknown>>;
  const allowed = (effect: Subscription['may'][number], asked: boolean): boolean => {
    if (asked && !may.includes(effect)) {
      record.journal.count(id, `events.refused-${effect}`);
      record.journal.log('warn', id, `It wanted to ${effect} an event: its manifest does not say that it may`);
      return false;
    }
    return asked;
  };
  const changes = allowed('change', payload !== undefined);
  const stops = allowed('stop', stop === true);
  return {
    seen: { plugin: id, version, outcome: stops ? 'stopped' : changes ? 'changed' : 'passed', result },
    change: changes ? { payload } : undefined,
    stop: stops ? oneLine(typeof reason === 'string' ? reason : 'no reason given', REASON_UNITS) : undefined,
  };
}

/** What a plugin subscribes with to an event; the first that covers it. One that is down is there too: it may have to stop events. */
function subscriberOf(plugin: ManagedPlugin, event: string): Subscriber[] {
  const { record } = plugin;
  const info = record.current?.plugin.info ?? record.lastInfo;
  if (info === undefined || !info.hooks.includes('on_event') || record.state === 'stopped') return [];
  const found = subscriptionsOf(info).find((subscription) => coversEvent(subscription.event, event));
  if (found === undefined) return [];
  return [{ plugin, may: found.may, priority: record.settings.priority ?? found.priority ?? priorityOf(plugin) }];
}

/** @throws INVALID_INPUT */
function messageOf(name: string, payload: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(payload === undefined ? null : payload);
  } catch (cause) {
    throw unspeakable(payload, cause);
  }
  if (text === undefined) throw unspeakable(payload, undefined);
  return `{"event":${name},"payload":${text}}`;
}

const unspeakable = (payload: unknown, cause: unknown): RingfenceError =>
  new RingfenceError('INVALID_INPUT', `Expected a payload that JSON can carry, got ${show(payload)}`, {
    stage: 'call',
    cause,
  });
