/** What workers and children take beside the memory of their instances. */
import { expect, test } from 'vitest';
import { createEngine, EXECUTORS } from '../../engine/index.ts';
import { failure } from '../support/errors.ts';
import { compilePlugin, ECHO } from '../support/wat.ts';

const MiB = 1024 * 1024;

test.each(['worker', 'process'] as const)('a %s says how large its heap is', async (executor) => {
  await using engine = await createEngine({ executor, workers: 1 });
  expect(await engine.walls()).toEqual([]);
  const plugin = await engine.load(compilePlugin({ functions: { echo: ECHO } }));
  await plugin.call('echo', 1);
  const [wall, ...others] = await engine.walls();
  expect(others).toEqual([]);
  expect(wall).toEqual({
    executor,
    instances: 1,
    heap: expect.any(Number),
    resident: executor === 'process' ? expect.any(Number) : undefined,
  });
  expect(wall?.heap).toBeGreaterThan(MiB);
  if (executor === 'process') expect(wall?.resident).toBeGreaterThan(wall?.heap as number);
});

test.each(['worker', 'process'] as const)(
  'one whose plugin computes says so, or says nothing, but in time (%s)',
  async (executor) => {
    await using engine = await createEngine({ executor, workers: 1 });
    const plugin = await engine.load(compilePlugin({ functions: { spin: '(loop $l (br $l)) (unreachable)' } }));
    const controller = new AbortController();
    const limits = { fuel: '64G', timeoutMs: '1h' } as const;
    const spinning = failure(() => plugin.call('spin', 1, { limits, signal: controller.signal }), 'CANCELLED');
    const [wall] = await engine.walls();
    expect(wall?.instances).toBe(1);
    expect(wall?.heap ?? MiB).toBeGreaterThanOrEqual(MiB);
    controller.abort();
    await spinning;
  },
);

test('nothing on the calling thread, nothing once it is closed', async () => {
  for (const executor of EXECUTORS) {
    const engine = await createEngine({ executor, workers: 1 });
    await engine.load(compilePlugin({ functions: { echo: ECHO } }));
    expect(await engine.walls()).toHaveLength(executor === 'inline' ? 0 : 1);
    await engine.close();
    expect(await engine.walls()).toEqual([]);
  }
});
