/** The HTTP service of a plugin on its own, as host functions call it: real rules, real sockets, no WebAssembly. */

import type { AuditEvent } from '../../engine/audit.ts';
import type { GrantsInput, HttpGrant } from '../../engine/grants.ts';
import { HttpGateway } from '../../engine/host/http/gateway.ts';
import { HttpNetwork } from '../../engine/host/http/network.ts';
import type { HttpFailure, HttpHead } from '../../engine/host/http-service.ts';
import { Secrets } from '../../engine/host/secrets.ts';
import { LocalServiceCall } from '../../engine/host/service-call.ts';
import { type LimitsInput, resolveLimits } from '../../engine/limits.ts';
import type { HttpPermission } from '../../engine/validate/index.ts';

export interface GatewayInput {
  /** @default every host by both schemes, with every method */
  readonly asked?: readonly Partial<HttpPermission>[];
  /** @default nothing */
  readonly granted?: GrantsInput['http'];
  readonly secrets?: Readonly<Record<string, string>>;
  readonly limits?: LimitsInput;
  readonly dnsServers?: readonly string[];
  readonly trustedCertificates?: readonly string[];
  readonly httpConnections?: number;
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
export const EVERYWHERE: readonly Partial<HttpPermission>[] = [
  { host: 'http://*:*', methods: METHODS, cookies: true },
  { host: 'https://*:*', methods: METHODS, cookies: true },
];

export class TestGateway {
  readonly gateway: HttpGateway;
  readonly events: AuditEvent[] = [];
  readonly #limits: LimitsInput;
  call: LocalServiceCall;

  constructor({ asked = EVERYWHERE, granted, secrets = {}, limits = {}, ...network }: GatewayInput = {}) {
    this.#limits = limits;
    this.gateway = new HttpGateway({
      plugin: 'p',
      version: '1.0.0',
      asked: asked.map((permission) => ({ host: '*', reason: 'tests', ...permission })),
      granted,
      secrets: new Secrets(secrets),
      limits: resolveLimits(limits),
      network: new HttpNetwork({
        dnsServers: network.dnsServers,
        trustedCertificates: network.trustedCertificates ?? [],
        httpConnections: network.httpConnections,
      }),
      onAudit: (event) => this.events.push(event),
    });
    this.call = this.newCall();
  }

  newCall(): LocalServiceCall {
    const limits = resolveLimits(this.#limits);
    return new LocalServiceCall({ limits, signal: undefined, context: 'ctx' }, performance.now() + limits.timeoutMs);
  }

  /** Ends the call and begins another. */
  nextCall(): void {
    this.call.end();
    this.call = this.newCall();
  }

  send(head: object | string, body: string | Uint8Array | null = null): Promise<HttpHead | HttpFailure> {
    const text = typeof head === 'string' ? JSON.stringify({ url: head }) : JSON.stringify(head);
    return this.gateway.send(this.call, text, typeof body === 'string' ? Buffer.from(body) : body);
  }

  /** The answer with its body, or the failure wherever it came. */
  async fetch(head: object | string, body: string | Uint8Array | null = null): Promise<Fetched> {
    const answer = await this.send(head, body);
    if (!answer.ok) return answer;
    const { status, url } = answer;
    const headers = JSON.parse(answer.headers) as Record<string, string | string[]>;
    const rest = await this.drain(answer.exchange);
    return rest.ok ? { ok: true, status, url, headers, body: rest.bytes.toString() } : { ...rest, status };
  }

  /** Everything that is left of a body. */
  async drain(exchange: number, size = 64 * 1024): Promise<{ ok: true; bytes: Buffer } | HttpFailure> {
    const parts: Uint8Array[] = [];
    for (;;) {
      const chunk = await this.gateway.read(this.call, exchange, size);
      if (!chunk.ok) return chunk;
      if (chunk.bytes.length === 0) break;
      parts.push(Uint8Array.from(chunk.bytes));
    }
    this.gateway.close(this.call, exchange);
    return { ok: true, bytes: Buffer.concat(parts) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.call.end();
    await this.gateway.shutdown();
  }
}

export interface Fetched {
  readonly ok: boolean;
  readonly status?: number;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string;
  readonly code?: string;
  readonly message?: string;
}

/** A grant of one origin, with what more is given. */
export const grant = (host: string, more: Partial<HttpGrant> = {}): HttpGrant => ({ host, ...more });

/** The service of a plugin that may do nothing. */
export const noHttp = (): HttpGateway => new TestGateway({ asked: [] }).gateway;
