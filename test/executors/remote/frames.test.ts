/** Frames on a pipe: whole however they arrive, and nothing is believed of one that cannot be. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  beginFrame,
  callFrame,
  DoneFrame,
  FRAME,
  FrameReader,
  readCall,
  readDone,
  valueFrame,
} from '../../../engine/executors/remote/frames.ts';
import { WireError } from '../../../engine/executors/remote/wire.ts';

const MOST = 1_000;

/** A reader, and what it has read: kinds, and values where they are such. */
function reading(maxBytes = MOST): { reader: FrameReader; seen: unknown[] } {
  const seen: unknown[] = [];
  const reader = new FrameReader(
    () => maxBytes,
    (kind, frame) => seen.push(kind === FRAME.value ? frame.only() : [kind, ...frame.rest()]),
  );
  return { reader, seen };
}

/** What the garbage collector leaves. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

const lengthOf = (bytes: number): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes);
  return length;
};

describe('frames', () => {
  test('arrive whole and in order, however the pipe cuts them', () => {
    const values = ['one', { two: 2 }, new Uint8Array(300).fill(7), undefined, 5];
    const stream = Buffer.concat(values.map(valueFrame));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (sizes) => {
        const { reader, seen } = reading();
        let at = 0;
        for (let i = 0; at < stream.length; i++) {
          const size = sizes[i % sizes.length] as number;
          reader.push(Buffer.from(stream.subarray(at, at + size)));
          at += size;
        }
        expect(seen).toHaveLength(values.length);
        expect(seen[0]).toBe('one');
        expect(seen[2]).toEqual(values[2]);
        expect(seen.slice(3)).toEqual([undefined, 5]);
      }),
    );
  });

  test('of a call and of its answer carry text and bytes as they are', () => {
    const head = { slot: 65_537, instance: 3, fn: 2, startedAt: 12.5 };
    const read = (frame: Buffer): unknown => {
      let result: unknown;
      new FrameReader(
        () => MOST,
        (kind, reader) => {
          result = kind === FRAME.call ? readCall(reader) : readDone(reader);
        },
      ).push(frame);
      return result;
    };
    const input = new Uint8Array(Buffer.from('Grüße'));
    expect(read(callFrame(head, 'Grüße'))).toEqual({ ...head, input });
    expect(read(callFrame(head, input))).toEqual({ ...head, input });
    expect(read(callFrame(head, ''))).toEqual({ ...head, input: new Uint8Array() });
    const done = new DoneFrame(65_537, input).finish([1, 2, 3, 4, 5, 6]);
    expect(read(done)).toEqual({ slot: 65_537, counters: [1, 2, 3, 4, 5, 6], output: input });
  });

  test('that come one byte at a time do not pile up: pieces are put together', () => {
    const { reader, seen } = reading(1_000_000);
    const frame = valueFrame('x'.repeat(200_000));
    const before = heapUsed();
    for (const byte of frame.subarray(0, -1)) reader.push(Buffer.of(byte));
    // As objects of their own they would take a hundred bytes each.
    expect(heapUsed() - before).toBeLessThan(5_000_000);
    reader.push(frame.subarray(-1));
    expect(seen).toEqual(['x'.repeat(200_000)]);
  });
});

describe('what is refused', () => {
  test.each<[string, Buffer]>([
    ['a frame of no length', lengthOf(0)],
    ['a frame longer than any may be', lengthOf(MOST + 1)],
    ['a frame of four gigabytes', lengthOf(0xffff_ffff)],
    ['text', Buffer.from('HTTP/1.1 400 Bad Request\r\n')],
  ])('%s, as soon as its length is there', (_, bytes) => {
    const whole = reading();
    expect(() => whole.reader.push(bytes)).toThrow(WireError);
    const piecewise = reading();
    expect(() => {
      for (const byte of bytes) piecewise.reader.push(Buffer.of(byte));
    }).toThrow(WireError);
    expect([...whole.seen, ...piecewise.seen]).toEqual([]);
  });

  test('a length that says less than the frame has: what follows is no frame', () => {
    const frame = Buffer.from(valueFrame({ op: 'ready', padding: 'xxxxxxxxxxxxxxxx' }));
    frame.writeUInt32LE(8, 0);
    expect(() => reading().reader.push(frame)).toThrow(WireError);
  });

  test('a length that says more: the frame waits for the rest, and takes no memory for it', () => {
    const { reader, seen } = reading(0xffff_ffff);
    const before = process.memoryUsage().arrayBuffers;
    reader.push(Buffer.concat([lengthOf(0xffff_fff0), Buffer.of(0, 5)]));
    expect(seen).toEqual([]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
  });

  test.each<[string, Buffer]>([
    ['an answer without its counters', beginFrame(5)],
    ['an answer that ends in its slot', Buffer.of(3, 0, 0, 0, FRAME.done, 1, 2)],
  ])('%s', (_, frame) => {
    const reader = new FrameReader(
      () => MOST,
      (_kind, body) => readDone(body),
    );
    expect(() => reader.push(frame)).toThrow(WireError);
  });

  test('any bytes at all', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 })), (pieces) => {
        const { reader } = reading();
        try {
          for (const piece of pieces) reader.push(Buffer.from(piece));
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
