/** Guests of other contracts, as WebAssembly text. */
import { EXTISM_MODULE } from '../../engine/abi/extism.ts';
import { WASI_MODULE } from '../../engine/abi/wasi.ts';
import { ALL_SIGNATURES } from '../../engine/host/foreign-table.ts';
import { hostKey } from '../../engine/validate/index.ts';
import { compileWat } from './wat.ts';

export interface ForeignWat {
  /** Names of host functions, each `$name` in the code. */
  readonly uses?: readonly string[];
  /** Bodies by export name. */
  readonly functions: Readonly<Record<string, string>>;
  /** Type of these exports. @default '(result i32)' */
  readonly type?: string;
  readonly memory?: string;
  readonly extra?: string;
}

function guest(module: string, { uses = [], functions, type = '(result i32)', memory = '1', extra = '' }: ForeignWat) {
  const imports = uses.map((name) => {
    const offer = ALL_SIGNATURES.get(hostKey(module, name));
    if (offer === undefined) throw new Error(`there is no ${module} ${name}`);
    const { params, results } = offer.type;
    return `(import "${module}" "${name}" (func $${name} (param ${params.join(' ')}) (result ${results.join(' ')})))`;
  });
  const exports = Object.entries(functions).map(
    ([name, body]) => `(func (export "${name}") ${type} (local $i i32) (local $a i64) (local $b i64) ${body})`,
  );
  return compileWat(
    `(module ${imports.join('\n')} (memory (export "memory") ${memory}) ${extra} ${exports.join('\n')})`,
  );
}

/** A plugin for Extism. Its functions have locals `$i`, `$a` and `$b`. */
export const extismGuest = ({ uses = [], ...rest }: ForeignWat): Uint8Array<ArrayBuffer> =>
  guest(EXTISM_MODULE, { ...rest, uses: [...new Set(['input_length', ...uses])] });

/** A program for WASI. */
export const wasiCommand = (
  body: string,
  uses: readonly string[] = [],
  extra = '',
  memory = '1',
): Uint8Array<ArrayBuffer> =>
  guest(WASI_MODULE, {
    uses: [...new Set(['proc_exit', ...uses])],
    functions: { _start: body },
    type: '',
    extra,
    memory,
  });

/** A library for WASI: `run` takes and gives a number. */
export const wasiLibrary = (body: string, uses: readonly string[], extra = ''): Uint8Array<ArrayBuffer> =>
  guest(WASI_MODULE, { uses: [...new Set(['sched_yield', ...uses])], functions: { run: body }, extra });

/** Copies its input to its output, in words. */
export const EXTISM_ECHO = `
  (local.set $b (call $input_length))
  (if (i64.eqz (local.get $b)) (then (return (i32.const 0))))
  (local.set $a (call $alloc (local.get $b)))
  (block $done (loop $words
    (br_if $done (i32.gt_u (i32.add (local.get $i) (i32.const 8)) (i32.wrap_i64 (local.get $b))))
    (call $store_u64 (i64.add (local.get $a) (i64.extend_i32_u (local.get $i)))
      (call $input_load_u64 (i64.extend_i32_u (local.get $i))))
    (local.set $i (i32.add (local.get $i) (i32.const 8)))
    (br $words)))
  (block $end (loop $bytes
    (br_if $end (i32.ge_u (local.get $i) (i32.wrap_i64 (local.get $b))))
    (call $store_u8 (i64.add (local.get $a) (i64.extend_i32_u (local.get $i)))
      (call $input_load_u8 (i64.extend_i32_u (local.get $i))))
    (local.set $i (i32.add (local.get $i) (i32.const 1)))
    (br $bytes)))
  (call $output_set (local.get $a) (local.get $b))
  (i32.const 0)`;

export const ECHO_USES = [
  'input_length',
  'input_load_u8',
  'input_load_u64',
  'alloc',
  'store_u8',
  'store_u64',
  'output_set',
] as const;
