/** From the name of a host to its addresses, by DNS alone: no files of this machine, no search domains, nothing that blocks threads. */
import { Resolver } from 'node:dns/promises';
import { isLocalName } from '../../validate/origin-pattern.ts';
import { HttpRefusal } from './refusal.ts';

export interface HostAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Per question, before it is asked again. */
const ANSWER_MS = 1_500;
const TRIES = 2;
/** More than that no server needs. */
const MOST_ADDRESSES = 16;

/**
 * @param servers as the option `dnsServers`; undefined for those of the system
 * @param signal ends the questions
 * @throws HttpRefusal NOT_RESOLVED
 */
export async function lookUp(
  name: string,
  servers: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<readonly HostAddress[]> {
  if (isLocalName(name)) {
    return [
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ];
  }
  const resolver = new Resolver({ timeout: ANSWER_MS, tries: TRIES });
  if (servers !== undefined) resolver.setServers(servers);
  const cancel = (): void => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const [v4, v6] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const found = [...addressesOf(v4, 4), ...addressesOf(v6, 6)];
    if (found.length > 0) return found;
    const reason = v4.status === 'rejected' ? v4.reason : v6.status === 'rejected' ? v6.reason : undefined;
    throw new HttpRefusal('NOT_RESOLVED', `${name} has no address in DNS, or DNS does not answer`, String(reason));
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

function addressesOf(answer: PromiseSettledResult<string[]>, family: 4 | 6): HostAddress[] {
  if (answer.status === 'rejected') return [];
  return answer.value.slice(0, MOST_ADDRESSES).map((address) => ({ address, family }));
}
