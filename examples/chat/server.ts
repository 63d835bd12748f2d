/**
 * A chat over HTTP on the loopback, whose messages go through plugins.
 *
 *     GET  /             a page to chat with
 *     POST /messages     { user, text }: 201 with the message as plugins left it, 422 where one of them stopped it
 *     GET  /messages     the last messages
 *     GET  /events       messages as they come (server-sent events)
 *     GET  /statistics   what the plugin `statistics` has counted
 *     GET  /status       how the plugins are doing
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Manager } from '../../engine/index.ts';
import { PAGE } from './page.ts';

export interface Message {
  readonly id: number;
  readonly user: string;
  readonly text: string;
  readonly translations?: Readonly<Record<string, string>>;
}

export interface Chat {
  /** "http://127.0.0.1:41234". */
  readonly origin: string;
  /** Takes no more requests, and ends the streams of events. */
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly json: unknown;
}

const BODY_BYTES = 16_384;
const USER_CHARACTERS = 40;
const TEXT_CHARACTERS = 2_000;
const KEPT_MESSAGES = 200;

/** @param port 0: any that is free */
export async function startChat(manager: Manager, port: number): Promise<Chat> {
  const room = new Room(manager);
  const server = createServer((request, response) => void room.serve(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => stop(server),
  };
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

class Room {
  readonly #manager: Manager;
  readonly #messages: Message[] = [];
  readonly #listeners = new Set<ServerResponse>();
  #nextId = 1;

  constructor(manager: Manager) {
    this.#manager = manager;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const route = `${request.method} ${new URL(request.url ?? '/', 'http://chat').pathname}`;
    if (route === 'GET /') {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(PAGE);
      return;
    }
    if (route === 'GET /events') {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }).flushHeaders();
      this.#listeners.add(response.on('close', () => this.#listeners.delete(response)));
      return;
    }
    const { status, json } = await this.#answer(route, request).catch((error: unknown) => ({
      status: 500,
      json: { error: (error as Error).message },
    }));
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
  }

  async #answer(route: string, request: IncomingMessage): Promise<Answer> {
    switch (route) {
      case 'POST /messages':
        return this.#post(await readJson(request));
      case 'GET /messages':
        return { status: 200, json: this.#messages };
      case 'GET /statistics':
        return { status: 200, json: await this.#manager.get('statistics')?.call('summary') };
      case 'GET /status':
        return { status: 200, json: this.#manager.status() };
      default:
        return { status: 404, json: { error: `there is nothing at ${route}` } };
    }
  }

  /** Through the plugins, and then to everybody. */
  async #post(body: unknown): Promise<Answer> {
    const said = checkMessage(body);
    if (said === undefined) {
      const error = `expected { "user": up to ${USER_CHARACTERS} characters, "text": up to ${TEXT_CHARACTERS} }`;
      return { status: 400, json: { error } };
    }
    const id = this.#nextId++;
    const { payload, stopped } = await this.#manager.emit('message.incoming', { id, ...said });
    if (stopped !== undefined) return { status: 422, json: { error: stopped.reason, by: stopped.plugin } };
    // A plugin may have changed the text, and added to it; what it is to be is for us to say.
    const { text, translations } = payload as Partial<Message>;
    const message: Message = {
      id,
      user: said.user,
      text: typeof text === 'string' ? text : said.text,
      ...(typeof translations === 'object' ? { translations } : {}),
    };
    this.#messages.push(message);
    if (this.#messages.length > KEPT_MESSAGES) this.#messages.shift();
    for (const listener of this.#listeners) listener.write(`data: ${JSON.stringify(message)}\n\n`);
    return { status: 201, json: message };
  }
}

function checkMessage(body: unknown): { readonly user: string; readonly text: string } | undefined {
  const { user, text } = (body ?? {}) as Readonly<Record<string, unknown>>;
  const isText = (value: unknown, most: number): value is string =>
    typeof value === 'string' && value.trim() !== '' && value.length <= most;
  return isText(user, USER_CHARACTERS) && isText(text, TEXT_CHARACTERS) ? { user, text } : undefined;
}

/** Undefined for what is too long or no JSON. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}
