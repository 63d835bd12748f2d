/** The services as guests in a guest host reach them: every call of a method becomes a request to the engine. */
import { RingfenceError } from '../../errors.ts';
import { SERVICE_METHODS, type Service, type ServiceCall, type ServiceName } from '../../host/services.ts';
import type { AnswerWaiter, ServiceAnswer } from './answer-bridge.ts';
import type { GuestLink } from './guest-link.ts';

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class ServiceProxies {
  readonly #link: GuestLink;
  readonly #waiter: AnswerWaiter | undefined;
  /** By slot, then by request. */
  readonly #pending = new Map<number, Map<number, Pending>>();
  #lastRequest = 0;

  /** @param waiter blocks the thread until an answer is there; without one, methods answer with promises */
  constructor(link: GuestLink, waiter: AnswerWaiter | undefined) {
    this.#link = link;
    this.#waiter = waiter;
  }

  /** Objects with the methods of these services. The context of the calls that they are given is the slot of the call. */
  of(names: readonly ServiceName[]): Record<string, Service> {
    return Object.fromEntries(names.map((name) => [name, this.#proxy(name)]));
  }

  /** An answer has come in. */
  settle(answer: ServiceAnswer): void {
    const pending = this.#pending.get(answer.slot);
    const waiting = pending?.get(answer.request);
    pending?.delete(answer.request);
    if (answer.op === 'answer') waiting?.resolve(answer.value);
    else waiting?.reject(errorOf(answer));
  }

  /** The operation in this slot has ended: nobody waits for its answers any more. */
  forget(slot: number): void {
    this.#pending.delete(slot);
  }

  #proxy(service: ServiceName): Service {
    const methods = SERVICE_METHODS[service].map((method) => [
      method,
      (call: ServiceCall, ...args: unknown[]) => this.#request(call, service, method, args),
    ]);
    return { mayWait: this.#waiter === undefined, ...Object.fromEntries(methods) };
  }

  #request(call: ServiceCall, service: string, method: string, args: readonly unknown[]): unknown {
    const slot = call.context as number;
    this.#lastRequest++;
    const request = this.#lastRequest;
    this.#link.post({ op: 'request', slot, request, service, method, args });
    if (this.#waiter !== undefined) return this.#waitFor(slot, request, call, this.#waiter);
    const answer = new Promise((resolve, reject) => {
      const pending = this.#pending.get(slot) ?? new Map<number, Pending>();
      this.#pending.set(slot, pending.set(request, { resolve, reject }));
    });
    // Host functions do not wait for every answer, and one that nobody waits for may be a failure.
    answer.catch(() => {});
    return answer;
  }

  #waitFor(slot: number, request: number, { deadline }: ServiceCall, waiter: AnswerWaiter): unknown {
    for (;;) {
      const answer = waiter.wait(() => this.#link.isStopped(slot), deadline);
      // The engine knows why it has stopped it, and which limit was over: that is what its caller hears.
      if (answer === undefined) throw new RingfenceError('DEADLINE_EXCEEDED', 'The service has not answered in time');
      // Others are for calls that have ended.
      if (answer.slot !== slot || answer.request !== request) continue;
      if (answer.op === 'answer') return answer.value;
      throw errorOf(answer);
    }
  }
}

const errorOf = ({ error }: Extract<ServiceAnswer, { op: 'refusal' }>): Error =>
  typeof error === 'string' ? new Error(error) : RingfenceError.fromJSON(error);
