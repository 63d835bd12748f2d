/** Calls of a worker through memory that both threads share: whatever the sizes, in whatever order. */
import { expect, test } from 'vitest';
import { createEngine } from '../../engine/index.ts';
import { compilePlugin, ECHO } from '../support/wat.ts';

const MiB = 1024 * 1024;
/** Bytes of which no two neighbours are alike, in a view that begins at an odd place. */
const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length: length + 1 }, (_, i) => i * 31).subarray(1);

/** Reads a number of bytes, answers with so many. */
const FILL = `(local $size i32) (local $out i32)
  (local.set $size (i32.load (local.get $ptr)))
  (local.set $out (call $malloc (local.get $size)))
  (memory.fill (local.get $out) (i32.const 7) (local.get $size))
  (call $pack (local.get $out) (local.get $size))`;

const load = async (engine: Awaited<ReturnType<typeof createEngine>>) =>
  engine.load(compilePlugin({ name: 'lanes', functions: { echo: ECHO, fill: FILL }, replace: {} }));

test('inputs and outputs of all sizes, one after the other', async () => {
  await using engine = await createEngine({
    executor: 'worker',
    workers: 1,
    limits: { inputBytes: '4MiB', outputBytes: '4MiB' },
  });
  const plugin = await load(engine);
  // Around the first size of a lane, around its largest, and small ones again in a lane that has become large.
  for (const size of [0, 1, 3_903, 3_904, 3_905, 65_537, 3, MiB - 1, MiB, MiB + 1, 2 * MiB, 0, 17]) {
    const input = bytesOf(size);
    const output = await plugin.callBytes('echo', input);
    expect(Buffer.compare(output, input), `${size} bytes`).toBe(0);
    expect(plugin.usage()).toMatchObject({ bytesIn: { used: size }, bytesOut: { used: size } });
  }
});

test('outputs that are larger than the lane they are asked for in', async () => {
  await using engine = await createEngine({ executor: 'worker', workers: 1, limits: { outputBytes: '4MiB' } });
  const plugin = await load(engine);
  for (const size of [10_000, 10_000, 300_000, 5, 2 * MiB, 2 * MiB, 0]) {
    const output = await plugin.callBytes('fill', new Uint8Array(Uint32Array.of(size).buffer));
    expect([output.length, output.every((byte) => byte === 7)]).toEqual([size, true]);
  }
});

test('an output is its caller’s own: no later call writes into it', async () => {
  await using engine = await createEngine({ executor: 'worker', workers: 1 });
  const plugin = await load(engine);
  const sizes = [0, 100, 5_000, 5_000, 70_000];
  const outputs = await Promise.all(sizes.map((size) => plugin.callBytes('echo', bytesOf(size))));
  await plugin.callBytes('fill', new Uint8Array(Uint32Array.of(70_000).buffer));
  for (const [i, output] of outputs.entries()) {
    expect(Buffer.compare(output, bytesOf(sizes[i] as number))).toBe(0);
    expect(output.buffer).toBeInstanceOf(ArrayBuffer);
  }
});

test('text that is longer as UTF-8 than its lane', async () => {
  await using engine = await createEngine({ executor: 'worker', workers: 1 });
  const plugin = await load(engine);
  for (const text of ['é'.repeat(3_000), 'a', '€'.repeat(100_000), '😀'.repeat(3_000), '']) {
    expect(await plugin.call('echo', text)).toBe(text);
  }
});
