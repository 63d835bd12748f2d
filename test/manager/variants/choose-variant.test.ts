/** Which build of several runs here, and what is said about it. */
import { describe, expect, test } from 'vitest';
import { chooseVariant } from '../../../engine/manager/variants/choose-variant.ts';
import { HOST_PLATFORM, type Platform } from '../../../engine/manager/variants/platform.ts';
import { canSuspend } from '../../../engine/runtime/jspi.ts';
import { checkManifest, type Variant } from '../../../engine/validate/index.ts';
import { failureSync } from '../../support/errors.ts';

const platform = (node: string, ...features: readonly string[]): Platform => ({
  node,
  lacks: (need) => (features.includes(need) ? undefined : `which ${node} does not have`),
});
const builds: readonly Variant[] = [
  { file: 'build/best.wasm', needs: ['simd', 'jspi'], node: '>=24' },
  { file: 'build/simd.wasm', needs: ['simd'] },
  { file: 'build/plain.wasm' },
];

describe('the first build that can run is chosen', () => {
  test.each([
    ['everything', platform('26.1.0', 'simd', 'jspi'), 'build/best.wasm'],
    ['an old Node.js', platform('22.18.0', 'simd', 'jspi'), 'build/simd.wasm'],
    ['no JSPI', platform('26.1.0', 'simd'), 'build/simd.wasm'],
    ['neither', platform('26.1.0'), 'build/plain.wasm'],
    ['a version before its release', platform('27.0.0-nightly', 'simd', 'jspi'), 'build/best.wasm'],
  ])('%s', (_, given, expected) => {
    expect(chooseVariant(builds, undefined, given).file).toBe(expected);
  });

  test('with a reason for each', () => {
    const { verdicts } = chooseVariant(builds, undefined, platform('22.18.0', 'simd'));
    expect(verdicts.map(({ isChosen, reason }) => [isChosen, reason])).toEqual([
      [false, 'needs jspi, which 22.18.0 does not have'],
      [true, 'the first that can run here; what it needs is here: simd'],
      [false, 'could run, but build/simd.wasm comes first'],
    ]);
  });

  test('a build whose file cannot be used gives way to the next', () => {
    const missing = (file: string): string | undefined => (file.includes('simd') ? 'cannot be read' : undefined);
    const choice = chooseVariant(builds, missing, platform('22.18.0', 'simd'));
    expect(choice.file).toBe('build/plain.wasm');
    expect(choice.verdicts[1]?.reason).toBe('cannot be read');
  });

  test('none where none can run', () => {
    expect(chooseVariant([{ file: 'a.wasm', node: '<20' }]).file).toBeUndefined();
  });
});

describe('this platform', () => {
  test('is asked, and not assumed', () => {
    expect(HOST_PLATFORM.lacks('simd')).toBeUndefined();
    expect(HOST_PLATFORM.lacks('tail-calls')).toBeUndefined();
    expect(HOST_PLATFORM.lacks('legacy-exceptions')).toBeUndefined();
    expect(HOST_PLATFORM.lacks('jspi') === undefined).toBe(canSuspend);
    // V8 has had it since version 13: Node.js 24.
    expect(HOST_PLATFORM.lacks('exceptions') === undefined).toBe(Number(process.versions.node.split('.')[0]) >= 24);
  });

  test('never has what Ringfence refuses', () => {
    for (const need of ['threads', 'memory64', 'gc', 'relaxed-simd', 'multi-memory'] as const) {
      expect(HOST_PLATFORM.lacks(need)).toContain('which is off in Ringfence because');
    }
  });
});

describe('a manifest with builds', () => {
  const manifest = { name: 'a', version: '1.0.0', abi: 1, functions: {} };

  test.each([
    ['a file outside of its folder', [{ file: '../x.wasm' }], '/variants/0/file'],
    ['a file outside of its folder, inside of the path', [{ file: 'a/../../x.wasm' }], '/variants/0/file'],
    ['an absolute file', [{ file: '/etc/x.wasm' }], '/variants/0/file'],
    ['an unknown need', [{ file: 'x.wasm', needs: ['magic'] }], '/variants/0/needs/0'],
    ['a range that is none', [{ file: 'x.wasm', node: 'latest' }], '/variants/0/node'],
    ['none at all', [], '/variants'],
  ])('%s is refused', (_, variants, path) => {
    const error = failureSync(() => checkManifest({ ...manifest, variants }), 'INVALID_MANIFEST');
    expect(error.details.paths).toContain(path);
  });

  test('is taken', () => {
    expect(checkManifest({ ...manifest, variants: builds }).variants).toHaveLength(3);
  });
});
