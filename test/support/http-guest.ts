/** A guest that sends one request per call and returns what came of it. */
import { compilePlugin, type PluginWat } from './wat.ts';

const IMPORTS = `
  (import "env" "http_request" (func $request (param i32 i32 i32 i32) (result i32)))
  (import "env" "http_status" (func $status (param i32) (result i32)))
  (import "env" "http_headers" (func $headers (param i32) (result i64)))
  (import "env" "http_read" (func $read (param i32 i32 i32) (result i32)))
  (import "env" "http_close" (func $close (param i32)))
  (import "env" "http_error" (func $error (result i64)))`;

/**
 * Functions take the request head as JSON:
 * - `fetch`: the body of the response; `{code, message}` if the request or reading fails;
 * - `status`: four digits; `headers`: the response headers;
 * - `post`: as fetch, with the head as the body of the request, too;
 * - `leave`: as status, and leaves the response open.
 */
const FUNCTIONS = {
  fetch: `(local $h i32)
    (local.set $h (call $request (local.get $ptr) (local.get $len) (i32.const 0) (i32.const 0)))
    (if (i32.le_s (local.get $h) (i32.const 0)) (then (return (call $error))))
    (call $slurp (local.get $h))`,
  post: `(local $h i32)
    (local.set $h (call $request (local.get $ptr) (local.get $len) (local.get $ptr) (local.get $len)))
    (if (i32.le_s (local.get $h) (i32.const 0)) (then (return (call $error))))
    (call $slurp (local.get $h))`,
  headers: `(local $h i32)
    (local.set $h (call $request (local.get $ptr) (local.get $len) (i32.const 0) (i32.const 0)))
    (if (i32.le_s (local.get $h) (i32.const 0)) (then (return (call $error))))
    (call $headers (local.get $h))`,
  status: `(local $h i32)
    (local.set $h (call $request (local.get $ptr) (local.get $len) (i32.const 0) (i32.const 0)))
    (if (i32.le_s (local.get $h) (i32.const 0)) (then (return (call $error))))
    (call $digits (call $status (local.get $h)))
    (call $close (local.get $h))
    (call $pack (i32.const 8) (i32.const 3))`,
  leave: `(local $h i32)
    (local.set $h (call $request (local.get $ptr) (local.get $len) (i32.const 0) (i32.const 0)))
    (if (i32.le_s (local.get $h) (i32.const 0)) (then (return (call $error))))
    (call $digits (call $status (local.get $h)))
    (call $pack (i32.const 8) (i32.const 3))`,
  many: `(local $n i32) (local $h i32)
    (loop $l
      (local.set $h (call $request (local.get $ptr) (local.get $len) (i32.const 0) (i32.const 0)))
      (if (i32.le_s (local.get $h) (i32.const 0)) (then (return (call $error))))
      (call $close (local.get $h))
      (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 100))))
    (i64.const 0)`,
} as const;

const EXTRA = `
  (func $digits (param $n i32)
    (i32.store8 (i32.const 8) (i32.add (i32.const 48) (i32.div_u (local.get $n) (i32.const 100))))
    (i32.store8 (i32.const 9) (i32.add (i32.const 48) (i32.rem_u (i32.div_u (local.get $n) (i32.const 10)) (i32.const 10))))
    (i32.store8 (i32.const 10) (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10)))))
  (func $slurp (param $h i32) (result i64) (local $at i32) (local $size i32) (local $got i32)
    (local.set $at (call $malloc (i32.const 8000000)))
    (loop $l
      (local.set $got (call $read (local.get $h) (i32.add (local.get $at) (local.get $size)) (i32.const 1000)))
      (if (i32.lt_s (local.get $got) (i32.const 0)) (then (return (call $error))))
      (local.set $size (i32.add (local.get $size) (local.get $got)))
      (br_if $l (local.get $got)))
    (call $close (local.get $h))
    (call $pack (local.get $at) (local.get $size)))`;

/** @param host what the manifest asks for */
export const httpPlugin = (host: string, plugin: PluginWat = {}): Uint8Array<ArrayBuffer> =>
  compilePlugin({
    memory: '2 400',
    functions: FUNCTIONS,
    imports: IMPORTS,
    extra: EXTRA,
    ...plugin,
    manifest: { permissions: { http: [{ host, methods: ['GET', 'POST'], reason: 'tests' }] }, ...plugin.manifest },
  });
