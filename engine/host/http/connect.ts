/**
 * Connections that end where they were meant to. Names are looked up once, every address is looked at, and the connection goes to
 * an address that was found good: what DNS says a moment later changes nothing. Then the connected peer is looked at once more.
 */
import { BlockList, isIP, connect as openSocket, type Socket } from 'node:net';
import type { buildConnector } from 'undici';
import { isPublicAddress } from './addresses.ts';
import { type HostAddress, lookUp } from './names.ts';
import type { HttpNetwork } from './network.ts';
import { HttpRefusal } from './refusal.ts';
import { limitWire } from './wire-limit.ts';

/** For looking up the name, connecting and the TLS handshake together. */
const CONNECT_MS = 5_000;
/** For one of several addresses of a host. */
const ATTEMPT_MS = 1_000;

export interface ConnectorOptions {
  readonly network: HttpNetwork;
  /** Addresses that are not public may be connected to. */
  readonly allowPrivate: boolean;
  /** Ends what is being connected. */
  readonly signal: AbortSignal;
  /** Tells TLS to take over a connected socket. */
  readonly secure: buildConnector.connector;
  /** Told of each connection; what it returns is called when that is closed. */
  readonly onOpen: () => () => void;
  /** That may come in answer to one request. */
  readonly wireBytes: number;
}

/** @returns a connector for undici */
export function guardedConnector(options: ConnectorOptions): buildConnector.connector {
  return (target, callback) => {
    connect(target, options).then(
      (socket) => callback(null, socket),
      (error: Error) => callback(error, null),
    );
  };
}

async function connect(target: buildConnector.Options, options: ConnectorOptions): Promise<Socket> {
  const { network, allowPrivate } = options;
  const timeout = AbortSignal.timeout(CONNECT_MS);
  const signal = AbortSignal.any([timeout, options.signal]);
  const close = network.openConnection();
  const onClose = options.onOpen();
  let socket: Socket | undefined;
  try {
    const addresses = await allowedAddresses(target, network.dnsServers, allowPrivate, signal);
    socket = await connectTo(addresses, Number(target.port || (target.protocol === 'https:' ? 443 : 80)), signal);
    checkPeer(socket.remoteAddress, addresses, allowPrivate);
    const connected = socket;
    const ready = target.protocol === 'https:' ? await handshake(connected, target, options.secure, signal) : connected;
    connected.once('close', () => {
      close();
      onClose();
    });
    if (connected.destroyed) throw new HttpRefusal('NETWORK', `${target.hostname}: the connection broke off`);
    limitWire(ready, options.wireBytes);
    return ready;
  } catch (error) {
    socket?.destroy();
    close();
    onClose();
    if (!timeout.aborted) throw error;
    throw new HttpRefusal('TIMEOUT', `${target.hostname} does not answer: connecting took more than ${CONNECT_MS} ms`);
  }
}

/**
 * The addresses of a host that may be connected to: of others nothing is tried.
 * @throws HttpRefusal ADDRESS_DENIED when none is left, NOT_RESOLVED
 */
export async function allowedAddresses(
  { hostname, protocol, host = hostname }: Pick<buildConnector.Options, 'hostname' | 'protocol' | 'host'>,
  servers: readonly string[] | undefined,
  allowPrivate: boolean,
  signal: AbortSignal,
): Promise<readonly HostAddress[]> {
  const family = isIP(hostname);
  const found: readonly HostAddress[] =
    family === 0 ? await lookUp(hostname, servers, signal) : [{ address: hostname, family: family as 4 | 6 }];
  const allowed = found.filter(({ address }) => allowPrivate || isPublicAddress(address));
  if (allowed.length > 0) return allowed;
  throw new HttpRefusal(
    'ADDRESS_DENIED',
    `${hostname} has no public address. Add to the grants: "http": [{ "host": ${JSON.stringify(`${protocol}//${host}`)}, "allowPrivate": true }]`,
    `its addresses are ${found.map(({ address }) => address).join(', ')}`,
  );
}

/** The peer must be one of those that were looked at. @throws HttpRefusal ADDRESS_DENIED */
export function checkPeer(peer: string | undefined, addresses: readonly HostAddress[], allowPrivate: boolean): void {
  const expected = new BlockList();
  for (const { address, family } of addresses) expected.addAddress(address, family === 4 ? 'ipv4' : 'ipv6');
  const isExpected = peer !== undefined && expected.check(peer, isIP(peer) === 4 ? 'ipv4' : 'ipv6');
  if (isExpected && (allowPrivate || isPublicAddress(peer))) return;
  throw new HttpRefusal('ADDRESS_DENIED', 'The connection led to another address than it should', `to ${peer}`);
}

function connectTo(addresses: readonly HostAddress[], port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    // The name is not looked up again: `lookup` hands out what was found good.
    const socket = openSocket({
      host: addresses.length === 1 ? (addresses[0] as HostAddress).address : 'checked.invalid',
      port,
      lookup: (_name, _options, done) => done(null, [...addresses]),
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: ATTEMPT_MS,
      noDelay: true,
      keepAlive: true,
    });
    const stop = (): void => {
      socket.destroy(signal.reason as Error);
    };
    socket.once('connect', () => {
      signal.removeEventListener('abort', stop);
      resolve(socket);
    });
    // It stays: an error of the socket that nobody listens to would end the process.
    socket.on('error', (error) => {
      signal.removeEventListener('abort', stop);
      reject(error);
    });
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

function handshake(
  socket: Socket,
  target: buildConnector.Options,
  secure: buildConnector.connector,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      socket.destroy();
      reject(signal.reason as Error);
    };
    secure({ ...target, httpSocket: socket }, (error, secured) => {
      signal.removeEventListener('abort', stop);
      if (error === null) resolve(secured);
      else reject(error);
    });
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
