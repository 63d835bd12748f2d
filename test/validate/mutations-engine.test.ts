/** Damaged plugins that are valid still, through the whole engine: whatever they do, the engine and the others carry on. */
import { describe, expect, it } from 'vitest';
import { isRingfenceError } from '../../engine/errors.ts';
import { HOST_SIGNATURES } from '../../engine/host/table.ts';
import { createEngine } from '../../engine/index.ts';
import { checkModule, checkPlugin } from '../../engine/validate/index.ts';
import { calculator } from '../support/hostile/real-plugins.ts';
import { type Random, random } from '../support/random.ts';
import { mutate } from '../support/seeded.ts';

const SEED = Number(process.env.SEED ?? 20_261_121);
const PLUGINS = 200;
const INPUT = { a: 6, b: 7 };

/** Errors that no plugin may cause, however damaged. */
const OURS = new Set(['BUG', 'HOST_FUNCTION_FAILED', 'EXECUTOR_CRASHED']);

/** The next mutation that passes all checks. */
function nextPlugin(bytes: Uint8Array, next: Random): Uint8Array {
  for (;;) {
    const damaged = mutate(bytes, next);
    try {
      checkPlugin(checkModule(damaged), HOST_SIGNATURES);
      return damaged;
    } catch (error) {
      if (!isRingfenceError(error)) throw error;
    }
  }
}

function codeOf(error: unknown): string {
  if (isRingfenceError(error)) return error.code;
  throw error;
}

describe(`${PLUGINS} damaged plugins in an engine (SEED=${SEED})`, () => {
  it('end in a result or in an error of theirs, and a healthy plugin beside them goes on', async () => {
    const { bytes } = await calculator();
    const next = random(SEED);
    const tally: Record<string, number> = {};
    await using engine = await createEngine({ limits: { fuel: 20_000_000, timeoutMs: 5_000, startTimeoutMs: 5_000 } });
    const healthy = await engine.load(bytes, { id: 'healthy' });
    for (let i = 0; i < PLUGINS; i++) {
      const damaged = nextPlugin(bytes, next);
      for (const outcome of await run(damaged, `damaged-${i}`)) {
        tally[outcome] = (tally[outcome] ?? 0) + 1;
        expect(OURS.has(outcome), `plugin ${i} with SEED=${SEED} ended in ${outcome}`).toBe(false);
      }
      if (i % 20 === 0) expect(await healthy.call('multiply', INPUT)).toBe(42);
    }
    expect(await healthy.call('multiply', INPUT)).toBe(42);
    expect(engine.plugins).toHaveLength(1);
    console.log(`SEED=${SEED}: ${JSON.stringify(tally)}`);

    /** How loading, or else each call, ended. */
    async function run(damaged: Uint8Array, id: string): Promise<string[]> {
      try {
        await using plugin = await engine.load(damaged, { id });
        const outcomes: string[] = [];
        for (const name of plugin.info.functions) {
          outcomes.push(await plugin.call(name, INPUT).then(() => 'ok', codeOf));
        }
        return outcomes;
      } catch (error) {
        return [codeOf(error)];
      }
    }
  });
});
