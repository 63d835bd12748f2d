/** The services as guests in a guest host reach them: every call of a method becomes a request to the engine. */
import { type ErrorData, RingfenceError } from '../../errors.ts';
import { SERVICE_METHODS, type Service, type ServiceCall, type ServiceName } from '../../host/services.ts';
import type { GuestLink } from './guest-link.ts';

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class ServiceProxies {
  readonly #link: GuestLink;
  /** By slot, then by request. */
  readonly #pending = new Map<number, Map<number, Pending>>();
  #lastRequest = 0;

  constructor(link: GuestLink) {
    this.#link = link;
  }

  /** Objects with the methods of these services. The context of the calls that they are given is the slot of the call. */
  of(names: readonly ServiceName[]): Record<string, Service> {
    return Object.fromEntries(names.map((name) => [name, this.#proxy(name)]));
  }

  answer(slot: number, request: number, value: unknown): void {
    this.#take(slot, request)?.resolve(value);
  }

  refuse(slot: number, request: number, error: ErrorData | string): void {
    this.#take(slot, request)?.reject(typeof error === 'string' ? new Error(error) : RingfenceError.fromJSON(error));
  }

  /** The operation in this slot has ended: nobody waits for its answers any more. */
  forget(slot: number): void {
    this.#pending.delete(slot);
  }

  #proxy(service: ServiceName): Service {
    const methods = SERVICE_METHODS[service].map((method) => [
      method,
      ({ context }: ServiceCall, ...args: unknown[]) => this.#request(context as number, service, method, args),
    ]);
    return { mayWait: true, ...Object.fromEntries(methods) };
  }

  #request(slot: number, service: string, method: string, args: readonly unknown[]): Promise<unknown> {
    this.#lastRequest++;
    const request = this.#lastRequest;
    const answer = new Promise((resolve, reject) => {
      const pending = this.#pending.get(slot) ?? new Map<number, Pending>();
      this.#pending.set(slot, pending.set(request, { resolve, reject }));
    });
    // Host functions do not wait for every answer, and one that nobody waits for may be a failure.
    answer.catch(() => {});
    this.#link.post({ op: 'request', slot, request, service, method, args });
    return answer;
  }

  #take(slot: number, request: number): Pending | undefined {
    const pending = this.#pending.get(slot);
    const taken = pending?.get(request);
    pending?.delete(request);
    return taken;
  }
}
