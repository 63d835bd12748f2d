/** Thousands of damaged plugins: none may crash or hang the checks, or pass them where V8 says no. */
import { beforeAll, describe, expect, it } from 'vitest';
import { isRingfenceError } from '../../engine/errors.ts';
import { HOST_SIGNATURES } from '../../engine/host/table.ts';
import { meterModule } from '../../engine/meter/index.ts';
import { checkModule, checkPlugin, type ValidModule } from '../../engine/validate/index.ts';
import { calculator, type RealPlugin, tiny } from '../support/hostile/real-plugins.ts';
import { random } from '../support/random.ts';
import { realModules } from '../support/real-modules.ts';
import { mutate } from '../support/seeded.ts';

const SEED = Number(process.env.SEED ?? 20_261_121);
const MUTATIONS = 20_000;

let subjects: readonly RealPlugin[] = [];
beforeAll(async () => {
  // Small modules get as many turns as large ones: most of what can go wrong is in the small sections.
  const large = await calculator();
  subjects = [large, large, large, tiny, ...realModules];
});

/** Undefined for what is refused, as it should be. Anything but an error of ours, or a bug of ours, fails the test. */
function accepted(bytes: Uint8Array, what: string): ValidModule | undefined {
  try {
    return checkModule(bytes);
  } catch (error) {
    if (!isRingfenceError(error) || error.code === 'BUG')
      throw new Error(`${what}: ${String(error)}`, { cause: error });
    // Limits and features are ours to refuse; what is valid at all is not.
    if (error.code === 'INVALID_MODULE' && WebAssembly.validate(bytes.slice())) {
      throw new Error(`${what}: refused what V8 accepts: ${error.message}`);
    }
    return undefined;
  }
}

describe(`${MUTATIONS} mutations of real modules (SEED=${SEED})`, () => {
  it('are refused with an error of ours, or are what V8 accepts', () => {
    const next = random(SEED);
    const tally = { refused: 0, accepted: 0, metered: 0, plugins: 0 };
    for (let i = 0; i < MUTATIONS; i++) {
      const { name, bytes } = subjects[next(subjects.length)] as RealPlugin;
      const damaged = mutate(bytes, next);
      const what = `mutation ${i} of ${name} with SEED=${SEED}`;
      const valid = accepted(damaged, what);
      if (valid === undefined) {
        tally.refused++;
        continue;
      }
      tally.accepted++;
      if (!WebAssembly.validate(damaged.slice())) throw new Error(`${what}: accepted what V8 refuses`);
      tally.metered += meterOf(valid, what);
      tally.plugins += pluginOf(valid, what);
    }
    console.log(`SEED=${SEED}: ${JSON.stringify(tally)}`);
    expect(tally.refused).toBeGreaterThan(MUTATIONS / 4);
    expect(tally.accepted).toBeGreaterThan(MUTATIONS / 20);
    expect(tally.plugins).toBeGreaterThan(10);
  });
});

/** 1 if the meter took it: then what it made is valid too. */
function meterOf(valid: ValidModule, what: string): number {
  try {
    const { bytes } = meterModule(valid);
    if (!WebAssembly.validate(bytes)) throw new Error('the metered module is not valid');
    return 1;
  } catch (error) {
    if (isRingfenceError(error) && error.code !== 'BUG') return 0;
    throw new Error(`${what}: ${String(error)}`, { cause: error });
  }
}

/** 1 if it is a plugin still. */
function pluginOf(valid: ValidModule, what: string): number {
  try {
    checkPlugin(valid, HOST_SIGNATURES);
    return 1;
  } catch (error) {
    if (isRingfenceError(error) && error.code !== 'BUG') return 0;
    throw new Error(`${what}: ${String(error)}`, { cause: error });
  }
}
