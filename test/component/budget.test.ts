/** What a component may use: fuel, memory and time end it in every executor, and the bill is the same everywhere. */
import { describe, expect, test } from 'vitest';
import { createEngine } from '../../engine/index.ts';
import { EXECUTORS } from '../../engine/options.ts';
import { failure } from '../support/errors.ts';
import { worldComponent } from '../support/world-component.ts';

describe.each(EXECUTORS)('in the executor %s', (executor) => {
  test('an endless loop ends when its fuel does, and the next call is answered', async () => {
    await using engine = await createEngine({ executor, limits: { fuel: 1_000_000 } });
    const plugin = await engine.load(worldComponent());
    await failure(() => plugin.call('spin'), 'OUT_OF_FUEL');
    expect(await plugin.call('echo', 1)).toBe(1);
  });

  test('a deadline ends it', async () => {
    await using engine = await createEngine({ executor, limits: { fuel: '64G', timeoutMs: 50 } });
    const plugin = await engine.load(worldComponent());
    await failure(() => plugin.call('spin'), 'DEADLINE_EXCEEDED');
    expect(await plugin.call('echo', 1)).toBe(1);
  });

  test('a memory bomb stays inside its limit', async () => {
    await using engine = await createEngine({ executor, limits: { memory: '4MiB' } });
    const plugin = await engine.load(worldComponent());
    const error = await failure(() => plugin.call('bomb'), 'TRAP');
    const { memory } = error.details.usage as Record<string, { used: number; limit: number }>;
    expect(memory?.limit).toBe(4 * 1024 * 1024);
    expect(memory?.used).toBeLessThanOrEqual(4 * 1024 * 1024);
  });

  test('recursion without end is a stack overflow, not a fault of the host', async () => {
    await using engine = await createEngine({ executor });
    const plugin = await engine.load(worldComponent());
    await failure(() => plugin.call('deep'), 'STACK_OVERFLOW');
    expect(await plugin.call('echo', 1)).toBe(1);
  });

  test('a result that claims more than there is memory is a bad pointer; one over the limit is not copied', async () => {
    await using engine = await createEngine({ executor, limits: { outputBytes: 1_000 } });
    const result = (size: number): string =>
      `(i32.store8 (i32.const 16) (i32.const 0)) (i32.store (i32.const 20) (i32.const 8))
       (i32.store (i32.const 24) (i32.const ${size})) (i32.const 16)`;
    const liar = await engine.load(worldComponent({ call: result(-1) }));
    await failure(() => liar.call('x'), 'BAD_POINTER');
    const glutton = await engine.load(worldComponent({ call: result(100_000), manifest: { name: 'component' } }), {
      id: 'b',
    });
    await failure(() => glutton.call('x'), 'LIMIT_EXCEEDED');
  });
});

test('the same calls use the same fuel, in every executor and every time', async () => {
  const bills = new Set<string>();
  for (const executor of [...EXECUTORS, ...EXECUTORS]) {
    await using engine = await createEngine({ executor });
    const plugin = await engine.load(worldComponent());
    const used = [];
    for (const name of ['echo', 'posts', 'log']) used.push((await plugin.invoke(name, 'text')).usage.fuel.used);
    bills.add(used.join());
  }
  expect(bills.size).toBe(1);
});

test('a component with a limit on memory below what it begins with is refused', async () => {
  await using engine = await createEngine({ limits: { memory: '64KiB' } });
  await failure(() => engine.load(worldComponent()), 'MEMORY_LIMIT');
});

test('with reset per call nothing is left from call to call', async () => {
  await using engine = await createEngine();
  const plugin = await engine.load(worldComponent(), { reset: 'per-call' });
  const first = await plugin.call('posts');
  await plugin.call('echo', 1);
  expect(await plugin.call('posts')).toBe(first);
});

test('a component is called synchronously where nothing that it imports waits', async () => {
  await using engine = await createEngine({ executor: 'inline' });
  const plugin = await engine.load(worldComponent());
  expect(plugin.callSync('log', 'line')).toBe('line');
});
