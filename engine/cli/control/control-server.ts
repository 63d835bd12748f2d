/** The side of `ringfence start`: does what other commands ask for, one connection for each request. */
import { rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { RingfenceError, withContext } from '../../errors.ts';
import type { Manager } from '../../index.ts';
import { readLine } from './line.ts';
import {
  type ControlAnswer,
  type ControlAnswers,
  type ControlRequest,
  MOST_REQUEST_BYTES,
  readRequest,
} from './messages.ts';

/** How long a connection may take to say what it wants. */
const REQUEST_MS = 5_000;

export class ControlServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @throws BUSY where another process has the socket */
  static async listen(path: string, manager: Pick<Manager, 'plugins' | 'reload' | 'rollback'>): Promise<ControlServer> {
    const server = createServer();
    const control = new ControlServer(server);
    server.on('connection', (socket) => void control.#serve(socket, manager));
    for (let isRetry = false; ; isRetry = true) {
      try {
        await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
        // Plugins keep the process alive, not who might ask for something.
        server.unref();
        return control;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
        if (isRetry || (await answers(path))) {
          throw new RingfenceError('BUSY', 'Another `ringfence start` runs this file, and gets what is asked of it', {
            stage: 'options',
            details: { path },
          });
        }
        // Left behind by a process that was killed.
        rmSync(path, { force: true });
      }
    }
  }

  /** Requests that are under way are cut off. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(socket: Socket, manager: Pick<Manager, 'plugins' | 'reload' | 'rollback'>): Promise<void> {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    const timer = setTimeout(() => socket.destroy(), REQUEST_MS);
    try {
      const request = readRequest(await readLine(socket, MOST_REQUEST_BYTES));
      clearTimeout(timer);
      if (request === undefined) throw new RingfenceError('INVALID_INPUT', 'This is no request of a control socket');
      give(socket, { ok: true, value: await carryOut(request, manager) });
    } catch (error) {
      give(socket, { ok: false, error: withContext(error, {}).toJSON() });
    } finally {
      clearTimeout(timer);
    }
  }
}

async function carryOut(
  request: ControlRequest,
  manager: Pick<Manager, 'plugins' | 'reload' | 'rollback'>,
): Promise<ControlAnswers[keyof ControlAnswers]> {
  switch (request.ask) {
    case 'status':
      return manager.plugins.map((plugin) => plugin.status());
    case 'reload':
      return manager.reload(request.plugin);
    case 'rollback':
      return manager.rollback(request.plugin, request.version);
  }
}

function give(socket: Socket, answer: ControlAnswer): void {
  if (!socket.destroyed) socket.end(`${JSON.stringify(answer)}\n`);
}

/** Whether somebody listens there. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
