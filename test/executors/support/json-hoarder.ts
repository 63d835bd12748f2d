/** A plugin that makes the host hold more and more JSON, and ones that only say when they run. */
import { compilePlugin } from '../../support/wat.ts';

/** `hoard` parses its input again and again and keeps every document; `echo` returns its input. */
export const hoarder = (): Uint8Array<ArrayBuffer> =>
  compilePlugin({
    name: 'hoarder',
    imports: '(import "env" "json_parse" (func $parse (param i32 i32) (result i32)))',
    functions: {
      hoard: `(loop $l (drop (call $parse (local.get $ptr) (local.get $len))) (br $l)) (unreachable)`,
      echo: '(call $pack (local.get $ptr) (local.get $len))',
    },
    memory: '2 64',
  });

/** `wait` logs a line, then computes until it is stopped; `again` is the same, and idempotent. */
export const logger = (name = 'busy'): Uint8Array<ArrayBuffer> =>
  compilePlugin({
    name,
    imports: '(import "env" "log" (func $log (param i32 i32 i32)))',
    functions: {
      spin: '(call $log (i32.const 2) (local.get $ptr) (local.get $len)) (loop $l (br $l)) (unreachable)',
      again: '(call $log (i32.const 2) (local.get $ptr) (local.get $len)) (loop $l (br $l)) (unreachable)',
      echo: '(call $pack (local.get $ptr) (local.get $len))',
    },
    manifest: { functions: { spin: {}, again: { idempotent: true }, echo: {} } },
  });
