import { expect, test } from 'vitest';
import { meter } from '../../../engine/meter/index.ts';
import { assembleWithBinaryen } from '../../support/toolchains.ts';

// V8 refuses modules that use both the old and the new kind of exceptions. Whatever the meter adds must be of the kind that
// the module is written in, even where it only names the type.
test.each([
  ['the type exnref', '(func (export "f") (local exnref) (call $import))'],
  ['try_table', '(func (export "f") (block $l (try_table (catch_all $l) (call $import))))'],
  ['throw_ref', '(func (export "f") (call $import) (throw_ref (ref.null exn)))'],
])('a module with %s stays valid', (_, body) => {
  const { bytes } = meter(assembleWithBinaryen(`(module (import "env" "import" (func $import)) ${body})`));
  expect(WebAssembly.validate(bytes)).toBe(true);
});
