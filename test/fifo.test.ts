import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fifo, type FifoEntry } from '../engine/fifo.ts';

describe('a queue', () => {
  test('gives in order of arrival, and nothing when it is empty', () => {
    const queue = new Fifo<number>();
    expect(queue.shift()).toBeUndefined();
    for (const n of [1, 2, 3]) queue.push(n);
    expect([queue.first, queue.shift(), queue.first, queue.length]).toEqual([1, 1, 2, 2]);
  });

  test('lets an entry leave once', () => {
    const queue = new Fifo<number>();
    const entry = queue.push(1);
    expect([queue.remove(entry), queue.remove(entry), queue.length]).toEqual([true, false, 0]);
    const shifted = queue.push(2);
    queue.shift();
    expect(queue.remove(shifted)).toBe(false);
  });

  test('behaves as an array does, whatever is done to it', () => {
    const steps = fc.array(fc.oneof(fc.constant('push'), fc.constant('shift'), fc.nat({ max: 9 })), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (given) => {
        const queue = new Fifo<number>();
        const entries: FifoEntry<number>[] = [];
        let model: number[] = [];
        for (const step of given) {
          if (step === 'push') {
            model.push(entries.length);
            entries.push(queue.push(entries.length));
          } else if (step === 'shift') {
            expect(queue.shift()).toBe(model.shift());
          } else if (entries[Number(step)] !== undefined) {
            expect(queue.remove(entries[Number(step)] as FifoEntry<number>)).toBe(model.includes(Number(step)));
            model = model.filter((n) => n !== step);
          }
          expect([queue.length, queue.first]).toEqual([model.length, model[0]]);
        }
      }),
    );
  });
});
