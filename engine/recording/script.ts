/** The world as a recording has it: what an instance asks is compared with what it asked then, and answered as it was then. */
import { ERRORS, type ErrorCode, RingfenceError } from '../errors.ts';
import type { HostServices } from '../host/context.ts';
import { LogChannel } from '../host/log-channel.ts';
import type { Permits } from '../host/permissions.ts';
import { SERVICE_METHODS, type ServiceCall, type ServiceName } from '../host/services.ts';
import type { LogLevel } from '../options.ts';
import { type DataProblem, decodeData, encodeData } from './data.ts';
import type { OwnQuestion, RecordedAnswer, RecordedError } from './format.ts';

/** What ends a call of a replay: it is no longer the one that was recorded. */
export function differs(problem: string, details: Readonly<Record<string, unknown>> = {}): RingfenceError {
  return new RingfenceError('REPLAY_DIFFERS', problem, { stage: 'call', details });
}

const asIs = (text: string): string => text;
const SHOWN = 200;
const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
};

/** The answers of one operation after the other. */
export class Script {
  #answers: readonly RecordedAnswer[] = [];
  #next = 0;
  /** Why the running operation is not the one that was recorded. */
  difference: RingfenceError | undefined;

  begin(answers: readonly RecordedAnswer[]): void {
    this.#answers = answers;
    this.#next = 0;
    this.difference = undefined;
  }

  /** The operation has ended: everything has to have been asked. */
  end(): void {
    const left = this.#answers[this.#next];
    if (left === undefined) return;
    this.difference ??= differs(
      `It asked ${this.#next} times, not ${this.#answers.length}: the next was ${left.ask} with ${shown(left.args ?? [])}`,
      { at: this.#next },
    );
  }

  /** @throws REPLAY_DIFFERS, or what was thrown then */
  answer(ask: string, args: readonly unknown[], call?: ServiceCall): unknown {
    const at = this.#next;
    const entry = this.#answers[at];
    const asked = args.map((arg) => encodeData(arg, asIs));
    if (entry === undefined) throw this.#differs(`It asked once more, for ${ask} with ${shown(asked)}`, at);
    if (entry.ask !== ask) {
      throw this.#differs(`Question ${at + 1} was ${entry.ask}, now it is ${ask} with ${shown(asked)}`, at);
    }
    const before = JSON.stringify(entry.args ?? []);
    if (before !== JSON.stringify(asked)) {
      throw this.#differs(
        `Question ${at + 1}, ${ask}, was with ${shown(entry.args ?? [])}, now with ${shown(asked)}`,
        at,
      );
    }
    this.#next++;
    const { counters } = entry;
    if (counters !== undefined && call !== undefined) {
      const [httpRequests, events, pluginCalls] = counters;
      Object.assign(call.counters, { httpRequests, events, pluginCalls });
    }
    if (entry.pending === true)
      throw new RingfenceError('CANCELLED', 'The recorded call ended before this was answered');
    if (entry.error !== undefined) throw errorOf(entry.error);
    try {
      return decodeData(entry.answer);
    } catch (problem) {
      throw this.#differs(`The recorded answer ${at + 1}, of ${ask}, ${(problem as DataProblem).message}`, at);
    }
  }

  #differs(problem: string, at: number): RingfenceError {
    this.difference ??= differs(problem, { at });
    return this.difference;
  }
}

/** A code that nobody knows is no reason to fail in another way than the call did. */
function errorOf({ code, message }: RecordedError): Error {
  return Object.hasOwn(ERRORS, code) ? new RingfenceError(code as ErrorCode, message) : new Error(message);
}

/** Services that say what the script says, at once. */
export function scripted(script: Script, permits: Permits, config: ReadonlyMap<string, string>): HostServices {
  const services = (Object.keys(SERVICE_METHODS) as ServiceName[]).map((name) => {
    const methods = SERVICE_METHODS[name].map((method) => [
      method,
      (call: ServiceCall, ...args: unknown[]) => script.answer(`${name}.${method}`, args, call),
    ]);
    return [name, { mayWait: false, ...Object.fromEntries(methods) }] as const;
  });
  const own = (ask: OwnQuestion, ...args: unknown[]): unknown => script.answer(ask, args);
  return {
    ...(Object.fromEntries(services) as unknown as Pick<HostServices, ServiceName>),
    permits,
    config,
    log: new ScriptedLog(script),
    sources: {
      wallMs: () => own('clock.wall') as number,
      monotonicMs: () => own('clock.monotonic') as number,
      fillRandom: (target) => {
        const bytes = own('random', target.length);
        if (!(bytes instanceof Uint8Array) || bytes.length !== target.length) {
          throw differs(`The recording has no ${target.length} random bytes`);
        }
        target.set(bytes);
      },
    },
  };
}

/** Nobody reads its lines. */
class ScriptedLog extends LogChannel {
  readonly #script: Script;

  constructor(script: Script) {
    super(undefined, '', '', Number.MAX_SAFE_INTEGER);
    this.#script = script;
  }

  override enabled(level: LogLevel): boolean {
    return this.#script.answer('log.enabled', [level]) === true;
  }
}
