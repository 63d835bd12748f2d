import { describe, expect, test } from 'vitest';
import { TRAP } from '../../engine/host/trap.ts';
import { compileWat } from '../support/wat.ts';

/** A guest that catches whatever can be caught, in both forms of exception handling. */
const guest = new WebAssembly.Module(
  compileWat(`(module
    (import "host" "throw" (func $throw))
    (func (export "legacy") (result i32) (try (result i32) (do (call $throw) (i32.const 1)) (catch_all (i32.const 2)))))`),
);
// (func (export "table") (result i32) (block $h (try_table (catch_all $h) (call $throw)) (return (i32.const 1))) (i32.const 2))
const tableGuest = new WebAssembly.Module(
  Uint8Array.of(
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...[0x01, 0x08, 0x02, 0x60, 0x00, 0x00, 0x60, 0x00, 0x01, 0x7f],
    ...[0x02, 0x0e, 0x01, 0x04, ...Buffer.from('host'), 0x05, ...Buffer.from('throw'), 0x00, 0x00],
    ...[0x03, 0x02, 0x01, 0x01],
    ...[0x07, 0x09, 0x01, 0x05, ...Buffer.from('table'), 0x00, 0x01],
    ...[
      0x0a, 0x14, 0x01, 0x12, 0x00, 0x02, 0x40, 0x1f, 0x40, 0x01, 0x02, 0x00, 0x10, 0x00, 0x0b, 0x41, 0x01, 0x0f, 0x0b,
      0x41, 0x02, 0x0b,
    ],
  ),
);
const run = (module: WebAssembly.Module, name: string, thrown: unknown): unknown => {
  const { exports } = new WebAssembly.Instance(module, {
    host: {
      throw: () => {
        throw thrown;
      },
    },
  });
  return (exports[name] as () => number)();
};

describe.each([
  ['catch_all', guest, 'legacy'],
  ['try_table', tableGuest, 'table'],
] as const)('%s', (_, module, name) => {
  test('catches JavaScript errors, also those that look like traps', () => {
    expect(run(module, name, new Error('x'))).toBe(2);
    expect(run(module, name, new WebAssembly.RuntimeError('unreachable'))).toBe(2);
  });

  test('does not catch the saved trap, however often it is thrown', () => {
    for (let i = 0; i < 3; i++) expect(() => run(module, name, TRAP)).toThrow(TRAP);
  });
});
