import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PluginPress, SOURCES } from '../../bench/load/plugins.ts';
import { COMPARISONS } from '../../bench/load/subjects.ts';
import type { Results } from '../../bench/support/comparison.ts';
import { createEngine } from '../../engine/index.ts';

test('the load benchmark prints one document', { timeout: 120_000 }, () => {
  const main = join(import.meta.dirname, '../../bench/load/main.ts');
  const printed = execFileSync(process.execPath, [main, '--json', '--quick'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { suite, machine, processes, rows } = JSON.parse(printed) as Results;
  expect(suite).toBe('load');
  expect(machine.node).toBe(process.versions.node);
  expect(processes).toBe(1);
  expect(rows.map(({ subject, baseline, size }) => ({ subject, baseline, size }))).toEqual(
    COMPARISONS.flatMap((comparison) => Object.keys(SOURCES).map((size) => ({ ...comparison, size }))),
  );
  for (const { ratio, spread, us } of rows) {
    expect(ratio).toBeGreaterThan(0);
    expect(spread).toBe(0);
    expect(us).toBeGreaterThan(0);
  }
});

test.each(Object.entries(SOURCES))(
  'the plugin of %s is what it says, and no two copies are alike',
  async (_, source) => {
    const press = new PluginPress(source);
    expect(press.size / source.bytes).toBeGreaterThan(0.8);
    expect(press.size / source.bytes).toBeLessThan(1.3);
    const engine = await createEngine();
    try {
      const plugins = [await engine.load(press.copy(), { id: 'a' }), await engine.load(press.copy(), { id: 'b' })];
      expect(plugins.map(({ info }) => info.functions)).toEqual([['run'], ['run']]);
      expect(plugins[0]?.info.digest).not.toBe(plugins[1]?.info.digest);
    } finally {
      await engine.close();
    }
  },
);
