/** The plugin that is hammered: everything that a call can do, good and bad. */
import { compilePlugin, ECHO } from '../../support/wat.ts';

/**
 * `echo`: its input. `note` and `again`: hand their input to the host function `note`, which counts, and return its answer; `again`
 * says that it may run twice. `trap`, `spin`, `fail` do what they say. `log`: logs its input.
 */
export const hammered = (name: string): Uint8Array<ArrayBuffer> =>
  compilePlugin({
    name,
    imports: `(import "env" "log" (func $log (param i32 i32 i32)))
      (import "env" "note" (func $note (param i32 i32) (result i64)))`,
    functions: {
      echo: ECHO,
      note: '(call $note (local.get $ptr) (local.get $len))',
      again: '(call $note (local.get $ptr) (local.get $len))',
      log: '(call $log (i32.const 2) (local.get $ptr) (local.get $len)) (i64.const 0)',
      trap: '(unreachable)',
      spin: '(loop $l (br $l)) (unreachable)',
      fail: '(i64.const -1)',
    },
    memory: '2 64',
    manifest: {
      functions: { echo: {}, note: {}, again: { idempotent: true }, log: {}, trap: {}, spin: {}, fail: {} },
      permissions: { custom: [{ name: 'notes', reason: 'tests' }] },
    },
  });
