import { expect, test } from 'vitest';
import { ABI_EXPORTS, ABI_MARKER, FUNCTION_PREFIX } from '../../engine/abi/exports.ts';
import { START_STEPS, STOP_STEPS } from '../../engine/abi/lifecycle.ts';

test('the life cycle calls exports of the table, with the arguments and answers that their types have', () => {
  for (const { name, takesConfig, answer } of [...START_STEPS, ...STOP_STEPS]) {
    expect(ABI_EXPORTS[name].required, name).toBe(true);
    expect(ABI_EXPORTS[name].params, name).toHaveLength(takesConfig ? 2 : 0);
    expect(ABI_EXPORTS[name].results, name).toEqual([answer === 'status' ? 'i32' : 'i64']);
  }
});

test('the marker says the version', () => {
  expect(ABI_MARKER).toBe('ringfence_abi_v1');
  expect(Object.keys(ABI_EXPORTS)).toContain(ABI_MARKER);
});

test('life-cycle functions share the prefix of plugin functions: both are one name space', () => {
  const others = Object.keys(ABI_EXPORTS).filter((name) => !name.startsWith(FUNCTION_PREFIX));
  expect(others).toEqual(['malloc', 'free', ABI_MARKER]);
});
