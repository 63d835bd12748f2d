/** What one instance asks of the world while an operation of it runs, and what it is told. */
import { isRingfenceError } from '../errors.ts';
import type { HostServices } from '../host/context.ts';
import { LogChannel } from '../host/log-channel.ts';
import { SERVICE_METHODS, type ServiceCall, type ServiceName } from '../host/services.ts';
import type { LogEntry, LogFields, LogLevel } from '../options.ts';
import { encodeData } from './data.ts';
import type { OwnQuestion, RecordedAnswer, RecordedError } from './format.ts';

type Mutable<T> = { -readonly [name in keyof T]: T[name] };

export class Tape {
  readonly #strike: (text: string) => string;
  #answers: RecordedAnswer[] = [];

  /** @param strike removes secrets */
  constructor(strike: (text: string) => string) {
    this.#strike = strike;
  }

  /** What was asked since it was last taken. What is still waited for stays pending. */
  take(): readonly RecordedAnswer[] {
    const answers = this.#answers;
    this.#answers = [];
    return answers;
  }

  encode(value: unknown): unknown {
    return encodeData(value, this.#strike);
  }

  error(error: unknown): RecordedError {
    const isOurs = isRingfenceError(error);
    const message = error instanceof Error ? error.message : String(error);
    const { code: own, message: said, details } = (isOurs ? error.details : {}) as Readonly<Record<string, unknown>>;
    return {
      code: isOurs ? error.code : 'BUG',
      message: this.#strike(message),
      ...(isOurs && error.code === 'GUEST_ERROR'
        ? { details: this.encode({ code: own, message: said, details }) as Record<string, unknown> }
        : {}),
    };
  }

  /** Writes down a question that is answered at once. */
  own<Value>(ask: OwnQuestion, args: readonly unknown[], answer: Value): Value {
    this.#answers.push({ ask, ...(args.length === 0 ? {} : { args }), answer: this.encode(answer) });
    return answer;
  }

  /** Asks a service, and writes down what comes of it. */
  ask(ask: string, call: ServiceCall, args: readonly unknown[], work: () => unknown): unknown {
    const entry: Mutable<RecordedAnswer> = { ask, args: args.map((arg) => this.encode(arg)) };
    this.#answers.push(entry);
    let answer: unknown;
    try {
      answer = work();
    } catch (error) {
      this.#fail(entry, call, error);
      throw error;
    }
    if (!(answer instanceof Promise)) {
      this.#settle(entry, call, answer);
      return answer;
    }
    entry.pending = true;
    return answer.then(
      (value: unknown) => {
        delete entry.pending;
        this.#settle(entry, call, value);
        return value;
      },
      (error: unknown) => {
        delete entry.pending;
        this.#fail(entry, call, error);
        throw error;
      },
    );
  }

  #settle(entry: Mutable<RecordedAnswer>, call: ServiceCall, answer: unknown): void {
    entry.answer = this.encode(answer);
    this.#count(entry, call);
  }

  #fail(entry: Mutable<RecordedAnswer>, call: ServiceCall, error: unknown): void {
    entry.error = this.error(error);
    this.#count(entry, call);
  }

  #count(entry: Mutable<RecordedAnswer>, { counters }: ServiceCall): void {
    const { httpRequests, events, pluginCalls } = counters;
    if (httpRequests + events + pluginCalls > 0) entry.counters = [httpRequests, events, pluginCalls];
  }
}

/** The same services, with everything that an instance asks of them on its tape. */
export function taped(services: HostServices, tape: Tape): HostServices {
  const proxies = (Object.keys(SERVICE_METHODS) as ServiceName[]).map((name) => {
    const service = services[name] as unknown as Record<string, (call: ServiceCall, ...args: unknown[]) => unknown>;
    const methods = SERVICE_METHODS[name].map((method) => [
      method,
      (call: ServiceCall, ...args: unknown[]) =>
        tape.ask(`${name}.${method}`, call, args, () => service[method]?.(call, ...args)),
    ]);
    return [name, { mayWait: services[name].mayWait, ...Object.fromEntries(methods) }] as const;
  });
  const { sources } = services;
  return {
    ...services,
    ...(Object.fromEntries(proxies) as unknown as Pick<HostServices, ServiceName>),
    log: new TapedLog(services.log, tape),
    sources: {
      wallMs: () => tape.own('clock.wall', [], sources.wallMs()),
      monotonicMs: () => tape.own('clock.monotonic', [], sources.monotonicMs()),
      fillRandom: (target) => {
        sources.fillRandom(target);
        tape.own('random', [target.length], target);
      },
    },
  };
}

/** Whether a line is worth making is an answer that the guest gets; all else about the log it never hears of. */
class TapedLog extends LogChannel {
  readonly #log: LogChannel;
  readonly #tape: Tape;

  constructor(log: LogChannel, tape: Tape) {
    super(undefined, '', '', 1);
    this.#log = log;
    this.#tape = tape;
  }

  override enabled(level: LogLevel): boolean {
    return this.#tape.own('log.enabled', [level], this.#log.enabled(level));
  }

  override drop(lines?: number): void {
    this.#log.drop(lines);
  }

  override write(
    level: LogLevel,
    message: string,
    source: LogEntry['source'],
    context: unknown,
    fields?: LogFields,
  ): void {
    this.#log.write(level, message, source, context, fields);
  }

  override reportDropped(context: unknown, isLast?: boolean): void {
    this.#log.reportDropped(context, isLast);
  }
}
