/** Damaged modules: whatever is done to the bytes, only an error of ours comes out, and soon. */
import { describe, expect, it } from 'vitest';
import { isRingfenceError } from '../../engine/errors.ts';
import { decodeNameSection, decodeProducersSection, listCustomSections } from '../../engine/wasm/custom-sections.ts';
import { decodeModule } from '../../engine/wasm/decode.ts';
import { encodeModule } from '../../engine/wasm/encode.ts';
import { inspectModule } from '../../engine/wasm/inspect.ts';
import { printModule } from '../../engine/wasm/print.ts';
import { type Random, random } from '../support/random.ts';
import { realModules } from '../support/real-modules.ts';

const SEED = Number(process.env.RINGFENCE_SEED ?? 20_261);
const ROUNDS = 600;
/** One to four changes: bytes replaced, bits flipped, parts removed, doubled or moved. */
function mutate(bytes: Uint8Array, next: Random): Uint8Array<ArrayBuffer> {
  let mutant = [...bytes];
  for (let changes = 1 + next(4); changes > 0; changes--) {
    const at = 8 + next(Math.max(1, mutant.length - 8));
    const size = 1 + next(8);
    switch (next(6)) {
      case 0:
        mutant[at] = next(256);
        break;
      case 1:
        mutant[at] = (mutant[at] ?? 0) ^ (1 << next(8));
        break;
      case 2:
        mutant.splice(at, size);
        break;
      case 3:
        mutant.splice(at, 0, ...mutant.slice(at, at + size));
        break;
      case 4:
        mutant.splice(at, 5, 0xff, 0xff, 0xff, 0xff, 0x0f);
        break;
      default:
        mutant = [...mutant.slice(0, at), ...mutant.slice(at + size), ...mutant.slice(at, at + size)];
    }
  }
  return Uint8Array.from(mutant);
}

/** Runs what may only fail with an error of ours. */
function attempt<Result>(run: () => Result): Result | undefined {
  try {
    return run();
  } catch (error) {
    if (isRingfenceError(error) && error.code !== 'BUG') return undefined;
    throw error;
  }
}

describe(`seed ${SEED}`, () => {
  it.each(realModules)('$name', ({ bytes, name }) => {
    const next = random(SEED + name.length);
    let decoded = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const mutant = mutate(bytes, next);
      const module = attempt(() => decodeModule(mutant));
      attempt(() => listCustomSections(mutant));
      if (module === undefined) continue;
      decoded++;
      attempt(() => printModule(module, { offsets: true }));
      attempt(() => inspectModule(mutant));
      const encoded = attempt(() => encodeModule(module, { reencodeCode: true }));
      if (encoded === undefined) continue;
      expect(WebAssembly.validate(encoded), `round ${round}`).toBe(WebAssembly.validate(mutant as BufferSource));
      expect(encodeModule(decodeModule(encoded), { reencodeCode: true })).toEqual(encoded);
    }
    expect(decoded).toBeLessThan(ROUNDS);
  });

  it('what V8 accepts is decoded, in 3,000 rounds over all modules', () => {
    const next = random(SEED);
    const refused: string[] = [];
    let accepted = 0;
    for (let round = 0; round < 3_000; round++) {
      const { bytes, name } = realModules[next(realModules.length)] as (typeof realModules)[number];
      const mutant = mutate(bytes, next);
      if (!WebAssembly.validate(mutant as BufferSource)) continue;
      accepted++;
      try {
        decodeModule(mutant);
      } catch (error) {
        // Limits are ours alone.
        const { code, message } = error as { code: string; message: string };
        if (code !== 'LIMIT_EXCEEDED') refused.push(`${name}: ${message}`);
      }
    }
    expect(refused).toEqual([]);
    expect(accepted).toBeGreaterThan(50);
  });

  it('name and producers sections of noise never throw and stay small', () => {
    const next = random(SEED);
    for (let round = 0; round < 2_000; round++) {
      const noise = Uint8Array.from({ length: next(200) }, () => next(next(2) === 0 ? 256 : 8));
      expect(decodeNameSection(noise).functions.size).toBeLessThanOrEqual(noise.length);
      expect(decodeProducersSection(noise).size).toBeLessThanOrEqual(100);
    }
  });
});
