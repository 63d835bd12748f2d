import { expect, test } from 'vitest';
import { meter } from '../../../engine/meter/index.ts';
import { assembleWithWabt } from '../../support/toolchains.ts';
import { Driver } from '../support/driver.ts';

const MODULE = (tables: string, call: string): string => `(module
  (import "env" "fail" (func $import))
  (tag $t)
  (type $v (func))
  (table $table ${tables} 2 funcref) (elem (table $table) (i32.const 0) func $throws $import)
  (func $throws (throw $t))
  (func $legacy (export "legacy") (try (do ${call}) (catch_all)))
  (func $table (export "try_table") (block $h (try_table (catch_all $h) ${call}))))`;

const newer = (text: string): string => text.replace(/\(func \$legacy.*\n/, '');
const older = (text: string): string => text.replace(/\(func \$table \(export.*\n?.*$/, ')');

// A tail call takes the frame of its function away, and the handlers in it: what it throws goes to the caller.
for (const [tables, what] of [
  ['', 'tables of its own'],
  ['(export "table")', 'a shared table'],
] as const) {
  test.each([
    ['return_call', '(return_call $throws)'],
    ['return_call of an import', '(return_call $import)'],
    ['return_call_indirect', '(return_call_indirect $table (type $v) (i32.const 0))'],
    ['return_call_indirect of an import', '(return_call_indirect $table (type $v) (i32.const 1))'],
  ])(`%s, with ${what}`, (_, call) => {
    const text = MODULE(tables, call);
    for (const [name, source] of [
      ['legacy', older(text)],
      ['try_table', newer(text)],
    ] as const) {
      const { bytes, report } = meter(assembleWithWabt(source));
      const driver = new Driver(report.hidden);
      const failure = new Error('from the host');
      const env = {
        fail: () => {
          throw failure;
        },
      };
      const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), driver.imports({ env }));
      driver.attach(instance);
      let thrown: unknown;
      try {
        driver.spend(2 ** 40, () => (instance.exports[name] as () => void)());
      } catch (error) {
        thrown = error;
      }
      expect(thrown === failure || thrown instanceof WebAssembly.Exception, `${name}: ${String(thrown)}`).toBe(true);
    }
  });
}
