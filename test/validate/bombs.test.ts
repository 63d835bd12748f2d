/**
 * Compile and instantiation bombs, in child processes under a budget: each is refused at no cost, and the largest of each
 * shape that passes is affordable. Prints what was measured. `BOMBS=all` measures the cheap shapes too, and
 * each with everything compiled at once and with TurboFan first.
 */
import { describe, expect, it } from 'vitest';
import { STRUCTURE } from '../../engine/limits.ts';
import { type ChildReport, runInChild } from '../support/child-budget.ts';
import type { BombResult, BombTask } from '../support/hostile/bomb-child.ts';
import { BOMBS, EDGES } from '../support/hostile/bomb-table.ts';

const CHILD = new URL('../support/hostile/bomb-child.ts', import.meta.url);
/** Above what is measured (about 1.5 s and 350 MiB over Node's own 90) by enough for a slow and busy machine. */
const BUDGET = { timeMs: 60_000, rssMiB: 700 };
const ALL = process.env.BOMBS === 'all';
const MODES: readonly (readonly string[])[] = ALL ? [[], ['--no-wasm-lazy-compilation'], ['--no-liftoff']] : [[]];

const run = (task: BombTask, flags: readonly string[] = []): Promise<ChildReport<BombResult>> =>
  runInChild<BombResult>(CHILD, task, BUDGET, flags);

describe('every bomb is refused', async () => {
  const { outcome, steps, stderr } = await run({ kind: 'bombs' });
  const byName = new Map(steps.map((step) => [step.step, step]));

  it('all of them in one process that lives on', () => {
    const rows = steps.map(
      ({ step, ms, rssMiB, value }) =>
        `${`${ms} ms`.padStart(8)} ${`+${rssMiB} MiB`.padStart(9)}  ${step}: ${value.limit}`,
    );
    console.log(`Bombs, refused:\n${rows.join('\n')}`);
    expect({ outcome, stderr }).toEqual({ outcome: 'done', stderr: '' });
  });

  it.each(BOMBS)('$name', ({ name, code, limit }) => {
    const { value } = byName.get(name) ?? {};
    expect(value).toMatchObject({ code, limit });
    expect(value?.message).toMatch(/at most|allows/);
  });
});

describe('modules whose types are all new', () => {
  it('are refused long before V8 aborts the process', async () => {
    const { outcome, steps, stderr } = await run({ kind: 'types' });
    expect({ outcome, stderr }).toEqual({ outcome: 'done', stderr: '' });
    const [{ value, ms, rssMiB } = { value: {}, ms: 0, rssMiB: 0 }] = steps;
    console.log(`${value.size} modules of ${STRUCTURE.types} new types each: ${ms} ms, +${rssMiB} MiB`);
    expect(value).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 'processTypes' });
    expect(value.size).toBe(STRUCTURE.processTypes / STRUCTURE.types);
  });
});

describe.each(MODES.map((flags) => ({ mode: flags.join(' ') || 'as by default', flags })))(
  'the largest that passes is affordable ($mode)',
  ({ mode, flags }) => {
    it.each(EDGES.filter(({ dear }) => dear || ALL))('$name', async ({ name }) => {
      const { outcome, steps, stderr } = await run({ kind: 'edge', name }, flags);
      const size = steps[0]?.value.size;
      const costs = steps.map(({ step, ms, rssMiB }) => `${step} ${ms} ms +${rssMiB} MiB`);
      console.log(`${name}, ${size} (${steps[0]?.value.bytes} bytes), ${mode}: ${costs.join(', ')}`);
      expect({ outcome, stderr, steps: steps.length }).toEqual({ outcome: 'done', stderr: '', steps: 6 });
      expect(size).toBeGreaterThan(0);
    });
  },
);
