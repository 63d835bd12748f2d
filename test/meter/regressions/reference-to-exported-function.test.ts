import { expect, test } from 'vitest';
import { meter } from '../../../engine/meter/index.ts';
import { assembleWithWabt } from '../../support/toolchains.ts';

// An export declares its function for ref.func. The metered module exports a wrapper instead, and the reference is to
// another function: that one must be declared some other way.
test('ref.func of a function that only an export declares stays valid', () => {
  const { bytes } = meter(
    assembleWithWabt(`(module
      (func $f (export "f") (result i32) (i32.const 1))
      (func (export "is_null") (result i32) (ref.is_null (ref.func $f))))`),
  );
  expect(WebAssembly.validate(bytes)).toBe(true);
});
