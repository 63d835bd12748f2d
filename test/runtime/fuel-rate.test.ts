/** Fuel as CPU time: what this machine burns in a millisecond, and limits that are written so. */
import { expect, test } from 'vitest';
import { createEngine, fuelPerMs } from '../../engine/index.ts';
import { failure } from '../support/errors.ts';
import { compilePlugin } from '../support/wat.ts';

const wasm = compilePlugin({ functions: { forever: '(loop $l (br $l)) (unreachable)', nothing: '(i64.const 0)' } });

test('the rate is measured once, and is one that a machine can have', () => {
  const rate = fuelPerMs();
  expect(rate).toBeGreaterThan(10_000);
  expect(rate).toBeLessThan(1e9);
  expect(Number.isInteger(rate)).toBe(true);
  expect(fuelPerMs()).toBe(rate);
});

test('fuel may be written as time for the engine, a plugin and a call', async () => {
  const rate = fuelPerMs();
  await using engine = await createEngine({ limits: { fuel: '2s' } });
  expect(engine.options.limits.fuel).toBe(2_000 * rate);
  const first = await engine.load(wasm, { id: 'first' });
  expect(first.info.limits.fuel).toBe(2_000 * rate);
  const second = await engine.load(wasm, { id: 'second', limits: { fuel: '50ms' } });
  expect(second.info.limits.fuel).toBe(50 * rate);
  const { usage } = await second.invoke('nothing', undefined, { limits: { fuel: '3ms' } });
  expect(usage.fuel.limit).toBe(3 * rate);
  const { details } = await failure(
    () => second.call('forever', undefined, { limits: { fuel: '5ms' } }),
    'OUT_OF_FUEL',
  );
  expect(details).toMatchObject({ limit: 'fuel', allowed: 5 * rate });
});

test('a manifest means the same everywhere: it cannot ask for time', async () => {
  await using engine = await createEngine();
  const asking = compilePlugin({ manifest: { limits: { fuel: '50ms' } } });
  const { message } = await failure(() => engine.load(asking), 'INVALID_MANIFEST');
  expect(message).toContain('the same on every machine');
});
