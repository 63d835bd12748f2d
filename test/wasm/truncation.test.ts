/** A file cut off at any byte is refused with an error of ours, unless the cut falls between two sections. */
import { describe, expect, it } from 'vitest';
import { isRingfenceError } from '../../engine/errors.ts';
import { decodeModule } from '../../engine/wasm/decode.ts';
import { walkSections } from '../../engine/wasm/sections/layout.ts';
import { assemblyScriptModules } from '../support/assemblyscript-modules.ts';
import { realModules } from '../support/real-modules.ts';

describe('every prefix', () => {
  it.each([...realModules, ...assemblyScriptModules])('$name', ({ bytes }) => {
    const boundaries = new Set([8, ...Array.from(walkSections(bytes), ({ content }) => content.end)]);
    for (let size = 0; size < bytes.length; size++) {
      const prefix = bytes.slice(0, size);
      try {
        decodeModule(prefix);
        expect(boundaries, `cut to ${size} of ${bytes.length} bytes`).toContain(size);
      } catch (error) {
        if (!isRingfenceError(error, 'INVALID_MODULE')) throw error;
        expect(error.details).toHaveProperty('offset');
        expect(Number(error.details.offset)).toBeLessThanOrEqual(size);
      }
    }
  });
});
