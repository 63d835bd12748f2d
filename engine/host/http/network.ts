/** What all plugins of an engine share on their way out: how names are looked up, who is trusted, how many connections there are. */
import { Resolver } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
// As a whole: older versions of Node.js lack the function, and are told so by createEngine.
import tls from 'node:tls';
import { RingfenceError } from '../../errors.ts';
import { HttpRefusal } from './refusal.ts';

export interface NetworkOptions {
  readonly dnsServers: readonly string[] | undefined;
  readonly trustedCertificates: readonly string[];
  readonly httpConnections: number | undefined;
}

const MOST_CONNECTIONS = 256;

export class HttpNetwork {
  readonly dnsServers: readonly string[] | undefined;
  readonly #trusted: readonly string[];
  readonly #mostConnections: number;
  #connections = 0;

  /** @throws INVALID_OPTION */
  constructor({ dnsServers, trustedCertificates, httpConnections }: NetworkOptions) {
    if (dnsServers !== undefined) checkServers(dnsServers);
    this.dnsServers = dnsServers;
    this.#trusted = trustedCertificates;
    this.#mostConnections = httpConnections ?? Math.min(MOST_CONNECTIONS, descriptorsToSpare());
  }

  /** Certificates that servers may be signed by; undefined for those that Node.js trusts anyway. */
  get certificates(): string[] | undefined {
    return this.#trusted.length === 0 ? undefined : [...tls.getCACertificates('default'), ...this.#trusted];
  }

  /** Counts a connection. @returns what to call when it is closed, once. @throws HttpRefusal BUSY */
  openConnection(): () => void {
    if (this.#connections >= this.#mostConnections)
      throw new HttpRefusal(
        'BUSY',
        'The engine has no connection to spare',
        `all ${this.#mostConnections} of \`httpConnections\` are open`,
      );
    this.#connections++;
    let isOpen = true;
    return () => {
      if (isOpen) this.#connections--;
      isOpen = false;
    };
  }
}

function checkServers(servers: readonly string[]): void {
  try {
    if (servers.length === 0) throw new Error('the list is empty');
    new Resolver().setServers(servers);
  } catch (cause) {
    throw new RingfenceError(
      'INVALID_OPTION',
      `Expected \`dnsServers\` to be addresses such as "10.0.0.53" or "127.0.0.1:5353": ${(cause as Error).message}`,
      { stage: 'options', details: { option: 'dnsServers' }, cause },
    );
  }
}

/** A quarter of the file descriptors that the process may have; only Linux says how many those are. */
function descriptorsToSpare(): number {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return soft === undefined ? MOST_CONNECTIONS : Math.max(1, Math.floor(Number(soft) / 4));
  } catch {
    // Another system: its default is good enough.
    return MOST_CONNECTIONS;
  }
}
