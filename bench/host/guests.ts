/** Guests that call host functions, each call in a loop inside the guest: the plugin, and the same loops over plain imports. */
import { compilePlugin, compileWat } from '../../test/support/wat.ts';

const TEXT = 'served a song to somebody who asked for it';
const KEY = 'song';
export const DOCUMENT = JSON.stringify({
  id: 17,
  title: 'The Last Boat Home',
  artists: ['Tova Lindqvist'],
  ms: 214_000,
});
const TEXT_AT = 2_048;
const KEY_AT = 2_032;
const DOCUMENT_AT = 3_000;

/** The body as often as `$n` says. */
const loop = (body: string): string =>
  `(loop $l ${body} (br_if $l (i32.gt_s (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (i32.const 0))))`;
const data = (at: number, text: string): string =>
  `(data (i32.const ${at}) "${[...Buffer.from(text)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('')}")`;
const DATA = [data(TEXT_AT, TEXT), data(KEY_AT, KEY), data(DOCUMENT_AT, DOCUMENT)].join('\n');

const text = `(i32.const ${TEXT_AT}) (i32.const ${TEXT.length})`;
const key = `(i32.const ${KEY_AT}) (i32.const ${KEY.length})`;
const document = `(i32.const ${DOCUMENT_AT}) (i32.const ${DOCUMENT.length})`;
const LOG = `(call $log (i32.const 2) ${text})`;
const PARSE = `(call $json_free (call $json_parse ${document}))`;

/** A plugin whose functions take how often as four bytes. */
export function hostCaller(): Uint8Array<ArrayBuffer> {
  const bodies = {
    noop: '(call $json_free (i32.const 0))',
    custom: '(call $noop)',
    log: LOG,
    parse: PARSE,
    set: `(drop (call $kv_set ${key} ${text} (f64.const 0) (f64.const -1)))`,
    get: `(drop (call $kv_get ${key}))`,
  };
  return compilePlugin({
    name: 'caller',
    imports: `
      (import "env" "json_free" (func $json_free (param i32)))
      (import "env" "json_parse" (func $json_parse (param i32 i32) (result i32)))
      (import "env" "noop" (func $noop))
      (import "env" "log" (func $log (param i32 i32 i32)))
      (import "env" "kv_get" (func $kv_get (param i32 i32) (result i32)))
      (import "env" "kv_set" (func $kv_set (param i32 i32 i32 i32 f64 f64) (result i32)))`,
    functions: Object.fromEntries(
      Object.entries(bodies).map(([name, body]) => [
        name,
        `(local $n i32) (local.set $n (i32.load (local.get $ptr))) ${loop(body)} (i64.const 0)`,
      ]),
    ),
    extra: DATA,
    manifest: { permissions: { kv: true, custom: ['noop'] } },
  });
}

/** The loops over plain imports, not metered: functions `(n) -> ()`. */
export function plainCaller(): WebAssembly.Module {
  const bodies = {
    noop: '(call $noop (i32.const 0))',
    log: LOG,
    parse: PARSE,
    set: `(drop (call $kv_set ${key} ${text}))`,
    get: `(drop (call $kv_get ${key}))`,
  };
  return new WebAssembly.Module(
    compileWat(`(module
      (import "env" "noop" (func $noop (param i32)))
      (import "env" "json_free" (func $json_free (param i32)))
      (import "env" "json_parse" (func $json_parse (param i32 i32) (result i32)))
      (import "env" "log" (func $log (param i32 i32 i32)))
      (import "env" "kv_get" (func $kv_get (param i32 i32) (result i32)))
      (import "env" "kv_set" (func $kv_set (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1)
      ${DATA}
      ${Object.entries(bodies)
        .map(([name, body]) => `(func (export "${name}") (param $n i32) ${loop(body)})`)
        .join('\n')})`),
  );
}
