/** A child that a plugin has taken over. It starts whatever it is told to and echoes calls, but one with the input `now`: then it misbehaves. */
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { type ChildSettings, PIPES, SLOTS } from '../../../engine/executors/remote/child-messages.ts';
import {
  beginFrame,
  DoneFrame,
  FRAME,
  FrameReader,
  readCall,
  valueFrame,
} from '../../../engine/executors/remote/frames.ts';
import { WireWriter } from '../../../engine/executors/remote/wire.ts';

const { misdeed } = JSON.parse(process.argv[2] ?? '') as ChildSettings & { readonly misdeed: string };
const data = new Socket({ fd: PIPES.data, readable: true, writable: true });
const control = new Socket({ fd: PIPES.control, readable: true, writable: true });
control.resume();
for (const pipe of [data, control]) pipe.on('close', () => process.exit(0)).on('error', () => process.exit(0));

const COUNTERS = [1_000, 131_072, 0, 5, 5, 0];
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const done = (slot: number, output = bytes('done'), counters = COUNTERS): Buffer =>
  new DoneFrame(slot, output).finish(counters);
const length = (size: number): Buffer => {
  const frame = Buffer.alloc(4);
  frame.writeUInt32LE(size);
  return frame;
};
const line = (slot: number): Buffer =>
  valueFrame({ op: 'log', slot, entry: { level: 'info', message: 'x', source: 'plugin', dropped: 0 } });
const again = (make: () => Buffer, pipe = data): void => {
  const send = (): void => {
    for (let i = 0; i < 1_000; i++) pipe.write(make());
    setImmediate(send);
  };
  send();
};

const MISDEEDS: Readonly<Record<string, (slot: number) => void>> = {
  'a frame of no length': () => data.write(length(0)),
  'a frame of four gigabytes': () => data.write(length(0xffff_ffff)),
  'a frame longer than any answer may be': () =>
    again(() => Buffer.concat([length(500_000_000), Buffer.alloc(60_000)])),
  'a length that is too short': (slot) => {
    const frame = done(slot);
    frame.writeUInt32LE(frame.length - 10, 0);
    data.write(Buffer.concat([frame, frame]));
  },
  junk: () => again(() => Buffer.from('GET / HTTP/1.1\r\n\r\n')),
  'half of an answer, and its end': (slot) => {
    data.write(done(slot, new Uint8Array(1_000)).subarray(0, 500), () => process.exit(0));
  },
  'half of an answer, and nothing more': (slot) => data.write(done(slot, new Uint8Array(1_000)).subarray(0, 500)),
  'an answer without its counters': (slot) => {
    const body = new WireWriter().u8(FRAME.done).f64(slot).f64(1).finish();
    data.write(Buffer.concat([length(body.length), body]));
  },
  'an answer with fuel that is no number': (slot) => {
    data.write(done(slot, bytes('x'), [Number.NaN, ...COUNTERS.slice(1)]));
  },
  'an answer with fuel below zero': (slot) => data.write(done(slot, bytes('x'), [-5, ...COUNTERS.slice(1)])),
  'a frame of an unknown kind': () => data.write(Buffer.concat([length(1), Buffer.of(99)])),
  'a value that is none': () => data.write(Buffer.concat([length(3), Buffer.of(FRAME.value, 200, 1)])),
  'a value nested without end': () => {
    const list = Buffer.of(7, 1, 0, 0, 0);
    const body = Buffer.concat([Buffer.of(FRAME.value), ...Array.from({ length: 5_000 }, () => list), Buffer.of(0)]);
    data.write(Buffer.concat([length(body.length), body]));
  },
  'a report of no known kind': (slot) => data.write(valueFrame({ op: 'grant', slot })),
  'an error of no known code': (slot) => {
    const error = { code: 'FREE', message: 'x', details: {} };
    data.write(valueFrame({ op: 'failed', slot, counters: COUNTERS, error, state: 'idle' }));
  },
  'the answer to a call that was never made': (slot) => data.write(done(slot + SLOTS)),
  'the answer to a call long over': () => data.write(done(SLOTS)),
  'word that a call has begun which nobody made': (slot) => data.write(beginFrame(slot + 1)),
  'log lines without end': (slot) => again(() => line(slot)),
  'requests without end': (slot) => {
    let request = 0;
    again(() => valueFrame({ op: 'request', slot, request: request++, service: 'kv', method: 'get', args: ['key'] }));
  },
  'word of evictions without end': () => again(() => valueFrame({ op: 'evicted', instance: 1, snapshots: 1 })),
  'pongs that nobody asked for': () => again(() => valueFrame({ op: 'pong', rss: 1, heapUsed: 1 }), control),
  'junk over the control pipe': () => control.write(Buffer.from('nothing to see here')),
  'a reason as long as a book': () => {
    control.write(valueFrame({ op: 'down', reason: 'x\n'.repeat(30_000) }), () => process.exit(1));
  },
  'a closed pipe, and it lives on': () => {
    data.removeAllListeners('close');
    control.removeAllListeners('close');
    data.end();
    control.end();
    setInterval(() => {}, 1_000);
  },
  'nothing at all': () => {},
  'two answers': (slot) => data.write(Buffer.concat([done(slot), done(slot, bytes('twice'))])),
  'megabytes on its standard output': (slot) => {
    for (let i = 0; i < 100; i++) writeSync(1, 'x'.repeat(50_000));
    data.write(done(slot));
  },
};

const reader = new FrameReader(
  () => 0xffff_ffff,
  (kind, frame) => {
    if (kind === FRAME.call) {
      const { slot, input } = readCall(frame);
      answer(slot, input);
      return;
    }
    const message = frame.only() as { op: string; slot: number; input: Uint8Array };
    if (message.op === 'start') data.write(Buffer.concat([beginFrame(message.slot), done(message.slot)]));
    else if (message.op === 'call') answer(message.slot, message.input);
  },
);
data.on('data', (piece: Buffer) => reader.push(piece));
data.write(valueFrame({ op: 'ready' }));

function answer(slot: number, input: Uint8Array): void {
  data.write(beginFrame(slot));
  if (Buffer.from(input).toString() === 'now') (MISDEEDS[misdeed] as (slot: number) => void)(slot);
  else data.write(done(slot, new Uint8Array(input)));
}
