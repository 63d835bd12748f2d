import { expect, test } from 'vitest';
import { FairQueue } from '../../engine/runtime/fair-queue.ts';

const [a, b, c] = [{ name: 'a' }, { name: 'b' }, { name: 'c' }];

/** A queue that writes down who has been served. */
function open() {
  const queue = new FairQueue();
  const served: string[] = [];
  const join = (plugin: { name: string }, guest: number) => {
    const place = queue.join(plugin);
    void place.reached.then(() => served.push(`${plugin.name}${guest}`));
    return place;
  };
  const serveAll = async (): Promise<string> => {
    while (queue.serve()) await null;
    await null;
    return served.splice(0).join(' ');
  };
  return { queue, join, serveAll };
}

test('one guest of each plugin in turn, however many a plugin has', async () => {
  const { queue, join, serveAll } = open();
  for (let i = 1; i <= 4; i++) join(a, i);
  join(b, 1);
  for (let i = 1; i <= 2; i++) join(c, i);
  expect(queue.length).toBe(7);
  expect(await serveAll()).toBe('a1 b1 c1 a2 c2 a3 a4');
  expect(queue.length).toBe(0);
  expect(queue.serve()).toBe(false);
});

test('who has been served goes to the end of the round', async () => {
  const { queue, join, serveAll } = open();
  join(a, 1);
  join(a, 2);
  join(b, 1);
  queue.serve();
  join(c, 1);
  join(a, 3);
  expect(await serveAll()).toBe('a1 b1 a2 c1 a3');
});

test('who leaves is not served, and takes nobody along', async () => {
  const { queue, join, serveAll } = open();
  const places = [join(a, 1), join(a, 2), join(b, 1), join(c, 1)];
  expect([places[0]?.leave(), places[2]?.leave(), places[2]?.leave()]).toEqual([true, true, false]);
  expect(queue.length).toBe(2);
  join(b, 2);
  expect(await serveAll()).toBe('a2 c1 b2');
  expect(places[1]?.leave()).toBe(false);
});

test('leaving late does nothing to those of the plugin that came after', async () => {
  const { queue, join, serveAll } = open();
  const first = join(a, 1);
  queue.serve();
  join(a, 2);
  expect(first.leave()).toBe(false);
  expect(queue.length).toBe(1);
  expect(await serveAll()).toBe('a1 a2');
});
