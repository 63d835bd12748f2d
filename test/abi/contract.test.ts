import { describe, expect, it } from 'vitest';
import { contractOf, isSpoken, SPOKEN_CONTRACTS } from '../../engine/abi/contract.ts';

const surface = (imports: readonly string[], exports: readonly string[]) => ({
  imports: imports.map((module) => ({ module })),
  exports: exports.map((name) => ({ name })),
});

describe('the contract of a module', () => {
  it.each([
    ['ringfence', [], ['ringfence_abi_v1', 'memory']],
    ['ringfence', ['env', 'wasi_snapshot_preview1'], ['ringfence_abi_v1']],
    ['ringfence', ['extism:host/env'], ['ringfence_abi_v1']],
    ['ringfence-other', [], ['ringfence_abi_v7']],
    ['extism', ['extism:host/env'], ['count_vowels']],
    ['extism', ['wasi_snapshot_preview1', 'extism:host/env'], ['_start', 'count_vowels']],
    ['proxy-wasm', ['env'], ['proxy_abi_version_0_2_1']],
    ['wasi-p1-command', ['wasi_snapshot_preview1'], ['_start', 'memory']],
    ['wasi-p1', ['wasi_snapshot_preview1'], ['_initialize', 'memory']],
    ['wasm-bindgen', ['wbg'], ['memory']],
    ['go-js', ['gojs'], ['run']],
    ['assemblyscript', ['env'], ['__new', '__pin', '__unpin', '__collect', '__rtti_base', 'memory', 'greet']],
    ['core', [], ['__new', 'memory']],
    ['core', [], ['_start']],
    ['core', [], []],
  ] as const)('%s is told by what it imports (%j) and exports (%j)', (kind, imports, exports) => {
    expect(contractOf(surface(imports, exports)).kind).toBe(kind);
  });

  it('is one that the engine speaks, or is not', () => {
    expect(SPOKEN_CONTRACTS.every(isSpoken)).toBe(true);
    expect(['core', 'component-model', 'toString', ''].some(isSpoken)).toBe(false);
  });
});
