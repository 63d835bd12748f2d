import { expect, test } from 'vitest';
import { meter } from '../../../engine/meter/index.ts';
import { assembleWithWabt } from '../../support/toolchains.ts';

// Code that is never reached is left out. Behind the `end` of a block that nothing leaves, the validator takes code to be
// reachable all the same, and finds what lies on the stack.
test.each([
  [
    'a value under a block that is left from inside',
    '(block (i32.const 3) (block (i64.const 1) (br 1)) (drop)) (i32.const 9)',
  ],
  ['a result behind a block that returns', '(block (return (i32.const 9))) (i32.const -1)'],
  [
    'a value under a loop that is left from inside',
    '(block (result i32) (i32.const 0) (loop (param i32) (block (br 2 (i32.const 18))) (br 0 (i32.const 20))) (i32.const 19))',
  ],
])('%s stays valid', (_, body) => {
  const { bytes } = meter(assembleWithWabt(`(module (func (export "f") (result i32) ${body}))`));
  expect(WebAssembly.validate(bytes)).toBe(true);
});
