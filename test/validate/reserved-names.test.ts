/** Names that belong to what the meter adds. */
import { describe, expect, it } from 'vitest';
import { meter } from '../../engine/meter/index.ts';
import { checkModule } from '../../engine/validate/index.ts';
import { expectRefusal } from '../support/refusals.ts';
import { assembleWithWabt } from '../support/toolchains.ts';

const CASES: readonly (readonly [name: string, text: string, says: string])[] = [
  ['an export', '(module (func (export "__ringfence_fuel")))', 'export 0'],
  [
    'an export of any kind',
    '(module (func (export "ok")) (global (export "__ringfence_") i32 (i32.const 0)))',
    'export 1',
  ],
  ['the name of an import', '(module (import "env" "__ringfence_x" (func)))', 'import 0 ("env" "__ringfence_x")'],
  [
    'the module of an import',
    '(module (import "__ringfence" "refill" (func (param f64) (result f64))))',
    'import 0 ("__ringfence" "refill")',
  ],
];

describe('reserved names', () => {
  it.each(CASES)('refuses %s', (_, text, says) => {
    const error = expectRefusal(
      () => checkModule(assembleWithWabt(text)),
      'RESERVED_NAME',
      says,
      'is reserved',
      /at offset 0x/,
    );
    expect(error.details).toMatchObject({ reserved: '__ringfence' });
  });

  it('refuses a module that was metered already, and says so', () => {
    const { bytes } = meter(assembleWithWabt('(module (func (export "f")))'));
    expectRefusal(() => checkModule(bytes), 'RESERVED_NAME', 'metered before');
  });

  it('leaves names alone that only contain it', () => {
    expect(checkModule(assembleWithWabt('(module (func (export "my__ringfence_")))')).module.exports).toHaveLength(1);
  });

  it('keeps another prefix where one is given', () => {
    const bytes = assembleWithWabt('(module (func (export "__ringfence_fuel")) (func (export "$$fuel")))');
    expectRefusal(() => checkModule(bytes, { reservedPrefix: '$$' }), 'RESERVED_NAME', '"$$fuel"');
    expectRefusal(() => checkModule(bytes, { reservedPrefix: '_' }), 'RESERVED_NAME', '"__ringfence_fuel"');
  });
});
