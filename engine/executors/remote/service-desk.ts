/** Where the requests of guests for services arrive: looked up in the table, on behalf of the call that the engine knows of. */
import { isRingfenceError, RingfenceError } from '../../errors.ts';
import {
  SERVICE_CAPABILITIES,
  SERVICE_METHODS,
  type Service,
  type ServiceMethod,
  type ServiceName,
} from '../../host/services.ts';
import type { Link } from './link.ts';
import type { Operation } from './operation.ts';
import type { Report } from './protocol.ts';

/** A guest waits for one service at a time; a few more may still be on their way. */
const OPEN_REQUESTS = 16;

const METHODS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(SERVICE_METHODS).map(([service, methods]) => [service, new Set<string>(methods)]),
);

export type ServiceRequest = Extract<Report, { op: 'request' }>;

export class ServiceDesk {
  readonly #link: Link;

  constructor(link: Link) {
    this.#link = link;
  }

  /** Asks the service and sends its answer, unless the operation has ended by then. Never throws. */
  serve(operation: Operation, asked: ServiceRequest): void {
    if (operation.openRequests >= OPEN_REQUESTS) {
      this.#refuse(operation, asked, `more than ${OPEN_REQUESTS} requests at once`);
      return;
    }
    operation.openRequests++;
    this.#ask(operation, asked)
      .then((value) => this.#answer(operation, asked, value))
      .catch((error: unknown) => this.#refuse(operation, asked, error))
      .finally(() => {
        operation.openRequests--;
      });
  }

  async #ask(operation: Operation, { service, method, args }: ServiceRequest): Promise<unknown> {
    const { services } = operation.owner.plugin;
    const object = services[service as ServiceName] as unknown as (Service & Record<string, ServiceMethod>) | undefined;
    const isKnown = METHODS.get(service)?.has(method) === true;
    if (!isKnown || object === undefined || !Array.isArray(args)) throw new Error('no such service');
    const capability = SERVICE_CAPABILITIES[service as ServiceName];
    // The guest host links a plugin to no function that it was not granted; but who knows what runs there by now.
    if (capability !== undefined && services.permits.get(capability)?.granted !== true) {
      throw new RingfenceError('PERMISSION_DENIED', `The plugin was not granted ${capability}`, {
        stage: 'host',
        details: { capability },
      });
    }
    return (object[method] as (...args: unknown[]) => unknown)(operation.service, ...args);
  }

  #answer(operation: Operation, { slot, request }: ServiceRequest, value: unknown): void {
    if (!operation.isSettled) this.#link.send({ op: 'answer', slot, request, value });
  }

  #refuse(operation: Operation, { slot, request }: ServiceRequest, error: unknown): void {
    if (operation.isSettled) return;
    const said = isRingfenceError(error) ? error.toJSON() : error instanceof Error ? error.message : String(error);
    this.#link.send({ op: 'refusal', slot, request, error: said });
  }
}
