/** A server on loopback that says on the wire exactly what the test wants, HTTP or not. */

import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';

export class RawServer implements AsyncDisposable {
  /** All that came, by connection. */
  readonly received: Buffer[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  /** @param onRequest called with each connection once the head of a request has come, and again for each further one */
  static async start(
    onRequest: (socket: Socket, head: string, server: RawServer) => void,
    host = '127.0.0.1',
    port = 0,
  ): Promise<RawServer> {
    const server = new RawServer(onRequest);
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', reject);
      server.#server.listen(port, host, resolve);
    });
    return server;
  }

  /** Answers every request with these bytes. */
  static answering(...parts: readonly (string | Buffer)[]): Promise<RawServer> {
    return RawServer.start((socket) => {
      for (const part of parts) socket.write(part);
    });
  }

  private constructor(onRequest: (socket: Socket, head: string, server: RawServer) => void) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      const connection = this.received.push(Buffer.alloc(0)) - 1;
      let seen = 0;
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('data', (data: Buffer) => {
        const all = Buffer.concat([this.received[connection] as Buffer, data]);
        this.received[connection] = all;
        for (let end = all.indexOf('\r\n\r\n', seen); end >= 0; end = all.indexOf('\r\n\r\n', seen)) {
          const head = all.toString('latin1', seen, end);
          seen = end + 4;
          onRequest(socket, head, this);
        }
      });
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Everything that came, as text. */
  get text(): string {
    return Buffer.concat(this.received).toString('latin1');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
