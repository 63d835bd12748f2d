import { describe, expect, test } from 'vitest';
import { isAsync, MOST_PARAMS } from '../../engine/host/function.ts';
import { wrap } from '../../engine/host/imports.ts';
import { HOST_FUNCTIONS, HOST_SIGNATURES } from '../../engine/host/table.ts';
import { signatureName } from '../../engine/wasm/types.ts';
import { HostProbe } from '../support/host-probe.ts';
import { compileWat } from '../support/wat.ts';

/** The contract that SDKs are written against. Changing a line here breaks every plugin that is out there. */
const CONTRACT = `
log log (i32, i32, i32) -> ()
log log_fields (i32, i32, i32, i32, i32) -> ()
log log_enabled (i32) -> i32
error error_set (i32, i32) -> ()
error host_error () -> i64
error abort (i32, i32, i32, i32) -> ()
config config_get (i32, i32) -> i64
config function_name () -> i64
permissions permission_granted (i32, i32) -> i32
json json_parse (i32, i32) -> i32
json json_error () -> i64
json json_type (i32) -> i32
json json_get (i32, i32, i32) -> i32
json json_member (i32, i32, i32) -> i32
json json_at (i32, i32) -> i32
json json_key (i32, i32) -> i64
json json_length (i32) -> i32
json json_number (i32) -> f64
json json_string (i32) -> i64
json json_new (i32) -> i32
json json_new_boolean (i32) -> i32
json json_new_number (f64) -> i32
json json_new_string (i32, i32) -> i32
json json_set (i32, i32, i32, i32) -> i32
json json_push (i32, i32) -> i32
json json_remove (i32, i32, i32) -> i32
json json_stringify (i32) -> i64
json json_free (i32) -> ()
clock clock_now () -> i64
clock clock_monotonic () -> i64
clock Date.now () -> f64
random random_get (i32, i32) -> ()
random seed () -> f64
kv kv_get (i32, i32) -> i32
kv kv_set (i32, i32, i32, i32, f64, f64) -> i32
kv kv_delete (i32, i32, f64) -> i32
kv kv_list (i32, i32, i32, i32, i32) -> i32
kv kv_value () -> i64
kv kv_version () -> f64
kv kv_page () -> i64
kv kv_error () -> i64
http http_request (i32, i32, i32, i32) -> i32
http http_open (i32, i32) -> i32
http http_write (i32, i32, i32) -> i32
http http_finish (i32) -> i32
http http_status (i32) -> i32
http http_url (i32) -> i64
http http_headers (i32) -> i64
http http_read (i32, i32, i32) -> i32
http http_close (i32) -> ()
http http_error () -> i64
emit emit (i32, i32, i32, i32) -> i32
call plugin_call (i32, i32, i32, i32) -> i64
http http_fetch (i32, i32) -> i64
kv kv_request (i32, i32) -> i64`;

const JS_TYPES = new Map<string | undefined, string>([
  ['i32', 'number'],
  ['i64', 'bigint'],
  ['f64', 'number'],
  [undefined, 'undefined'],
]);

test('the table is the contract', () => {
  const lines = [...HOST_SIGNATURES].map(
    ([name, { type, capability }]) => `${capability} ${name} ${signatureName(type)}`,
  );
  expect(lines).toEqual(CONTRACT.trim().split('\n'));
});

describe.each([...HOST_FUNCTIONS])('%s', (name, row) => {
  test('has a price above zero, spans of two i32 parameters, and no more parameters than handlers take', () => {
    expect(row.price.base).toBeGreaterThan(0);
    expect(row.params.length).toBeLessThanOrEqual(MOST_PARAMS);
    for (const at of row.spans ?? []) expect(row.params.slice(at, at + 2)).toEqual(['i32', 'i32']);
    expect(row.price.perByte === undefined || row.spans !== undefined).toBe(true);
    for (const part of Object.values(row.price)) expect(Number.isInteger(part)).toBe(true);
  });

  test('answers a guest in the type that it promised', () => {
    if (isAsync(row) || name === 'abort') return;
    const probe = new HostProbe();
    const params = row.params.map((type) => `(${type}.const 0)`).join(' ');
    const guest =
      compileWat(`(module (import "env" "${name}" (func $f (param ${row.params.join(' ')}) (result ${row.results.join(' ')})))
      (func (export "run") (result ${row.results.join(' ')}) (call $f ${params})))`);
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(guest), {
      env: { [name]: wrap(row, probe.host) as CallableFunction },
    } as WebAssembly.Imports);
    const answer = (exports.run as () => unknown)();
    expect(typeof answer).toBe(JS_TYPES.get(row.results[0]));
  });
});
