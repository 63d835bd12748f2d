/** A plugin that was cut off, at every byte: a download that broke, a disk that was full. */
import { describe, expect, it } from 'vitest';
import { isRingfenceError } from '../../engine/errors.ts';
import { HOST_SIGNATURES } from '../../engine/host/table.ts';
import { checkModule, checkPlugin } from '../../engine/validate/index.ts';
import { calculator, tiny } from '../support/hostile/real-plugins.ts';

/** What each prefix of `bytes` is refused with; those that are accepted as plugins are left out. */
function refusals(bytes: Uint8Array): { codes: Map<string, number>; accepted: number[]; withoutOffset: string[] } {
  const codes = new Map<string, number>();
  const accepted: number[] = [];
  const withoutOffset: string[] = [];
  for (let length = 0; length < bytes.length; length++) {
    try {
      checkPlugin(checkModule(bytes.subarray(0, length)), HOST_SIGNATURES);
      accepted.push(length);
    } catch (error) {
      if (!isRingfenceError(error)) throw error;
      codes.set(error.code, (codes.get(error.code) ?? 0) + 1);
      if (error.code === 'INVALID_MODULE' && !/at offset 0x[0-9a-f]+\)$/.test(error.message))
        withoutOffset.push(error.message);
    }
  }
  return { codes, accepted, withoutOffset };
}

describe('every prefix of a real plugin is refused', () => {
  it.each([
    ['AssemblyScript', calculator],
    ['text', async () => tiny],
  ])('%s', async (_, plugin) => {
    const { bytes } = await plugin();
    const { codes, accepted, withoutOffset } = refusals(bytes);
    expect(accepted).toEqual([]);
    expect(withoutOffset).toEqual([]);
    // A prefix that ends between two sections may be a module, but one without exports, code or manifest.
    expect(new Set(codes.keys())).toEqual(new Set(['INVALID_MODULE', 'NOT_A_PLUGIN', 'INVALID_MANIFEST']));
    expect(codes.get('INVALID_MODULE')).toBeGreaterThan(0.98 * bytes.length);
  });
});
