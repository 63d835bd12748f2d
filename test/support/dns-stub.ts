/** A DNS server on loopback whose answers the test decides, question by question. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';

export interface DnsQuestion {
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'other';
}
/** Addresses, of which those of the type that was asked for are sent; or what goes wrong. */
export type DnsAnswer = readonly string[] | 'unknown name' | 'server failure' | 'nothing at all';

const TYPES: Readonly<Record<number, DnsQuestion['type']>> = { 1: 'A', 28: 'AAAA' };
const NAME_OF_QUESTION = 0xc00c;

export class DnsStub implements AsyncDisposable {
  readonly questions: DnsQuestion[] = [];
  readonly #socket: Socket;
  readonly #answer: (question: DnsQuestion, asked: number) => DnsAnswer;

  /** @param answer gets how often the same question came before */
  static async start(answer: (question: DnsQuestion, asked: number) => DnsAnswer): Promise<DnsStub> {
    const stub = new DnsStub(createSocket('udp4'), answer);
    await new Promise<void>((resolve) => stub.#socket.bind(0, '127.0.0.1', resolve));
    return stub;
  }

  private constructor(socket: Socket, answer: (question: DnsQuestion, asked: number) => DnsAnswer) {
    this.#socket = socket;
    this.#answer = answer;
    socket.on('message', (message, from) => this.#onMessage(message, from));
  }

  /** For the option `dnsServers`. */
  get servers(): string[] {
    return [`127.0.0.1:${(this.#socket.address() as AddressInfo).port}`];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  #onMessage(message: Buffer, from: RemoteInfo): void {
    const labels: string[] = [];
    let at = 12;
    while (message[at] !== 0) {
      const length = message[at] as number;
      labels.push(message.toString('latin1', at + 1, at + 1 + length));
      at += length + 1;
    }
    // c-ares mixes capital letters into names to make forged answers harder.
    const question: DnsQuestion = {
      name: labels.join('.').toLowerCase(),
      type: TYPES[message.readUInt16BE(at + 1)] ?? 'other',
    };
    const asked = this.questions.filter(({ name, type }) => name === question.name && type === question.type).length;
    this.questions.push(question);
    const answer = this.#answer(question, asked);
    if (answer === 'nothing at all') return;
    this.#socket.send(reply(message.subarray(0, at + 5), question, answer), from.port, from.address);
  }
}

/** @param request header and question, which the reply repeats */
function reply(request: Buffer, { type }: DnsQuestion, answer: Exclude<DnsAnswer, 'nothing at all'>): Buffer {
  const addresses =
    typeof answer === 'string' ? [] : answer.filter((address) => address.includes(':') === (type === 'AAAA'));
  const header = Buffer.from(request);
  const code = answer === 'unknown name' ? 3 : answer === 'server failure' ? 2 : 0;
  header.writeUInt16BE(0x8180 | code, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(addresses.length, 6);
  header.writeUInt32BE(0, 8);
  return Buffer.concat([header, ...addresses.map(record)]);
}

function record(address: string): Buffer {
  const data = address.includes(':') ? bytesOfV6(address) : Buffer.from(address.split('.').map(Number));
  const head = Buffer.alloc(12);
  head.writeUInt16BE(NAME_OF_QUESTION, 0);
  head.writeUInt16BE(data.length === 16 ? 28 : 1, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(0, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function bytesOfV6(address: string): Buffer {
  const [left = '', right] = address.split('::');
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const before = groups(left);
  const after = right === undefined ? [] : groups(right);
  const all = [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
  const bytes = Buffer.alloc(16);
  for (const [i, group] of all.entries()) bytes.writeUInt16BE(group, i * 2);
  return bytes;
}
