/** Two servers on the loopback: one that guests may ask, and one that they may not, to which the first one sends them on. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Redirect extends AsyncDisposable {
  /** Of the one that may be asked. `/plain` answers, `/redirect` leads to the other one. */
  readonly origin: string;
  readonly plainAnswer: string;
  /** How often the other one was asked. */
  timesAsked(): number;
}

export async function startRedirect(): Promise<Redirect> {
  let asked = 0;
  const secret = await listen('localhost', (_, response) => {
    asked++;
    response.end('what is not for guests');
  });
  const target = `http://localhost:${portOf(secret)}/`;
  const front = await listen('127.0.0.1', ({ url }, response) => {
    if (url === '/plain') response.end('plain');
    else response.writeHead(302, { location: target }).end();
  });
  return {
    origin: `http://127.0.0.1:${portOf(front)}`,
    plainAnswer: 'plain',
    timesAsked: () => asked,
    async [Symbol.asyncDispose]() {
      for (const server of [front, secret]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

async function listen(host: string, listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, host, resolve));
  return server;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
