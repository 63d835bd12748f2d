/**
 * The baseline: the core module that a component becomes (`engine/component/`), on plain V8, called through a bridge written by hand.
 * No metering, no limits, no checks; host functions that do nothing.
 */
import { DISPATCH_EXPORT } from '../../engine/abi/exports.ts';
import { coreModuleOf } from '../../engine/component/link-component.ts';

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly malloc: (size: number) => number;
  readonly free: (pointer: number) => void;
  readonly plugin_init: (pointer: number, length: number) => number;
  readonly plugin_start: () => number;
  readonly [DISPATCH_EXPORT]: (pointer: number, length: number) => bigint;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function linkedCall(
  component: Uint8Array<ArrayBuffer>,
  config: string,
): (name: string, input: string) => string {
  const module = new WebAssembly.Module(coreModuleOf(component).bytes);
  let name = '';
  let view = new Uint8Array(0);
  /** @returns pointer and length, packed */
  const give = (text: string): bigint => {
    const bytes = encoder.encode(text);
    const pointer = exports.malloc(bytes.length) >>> 0;
    if (view.length === 0) view = new Uint8Array(exports.memory.buffer);
    view.set(bytes, pointer);
    return (BigInt(pointer) << 32n) | BigInt(bytes.length);
  };
  const host: Readonly<Record<string, () => number | bigint | undefined>> = {
    function_name: () => give(name),
    config_get: () => 0n,
    error_set: () => undefined,
  };
  const imports: WebAssembly.Imports = {};
  for (const { module: from, name: key } of WebAssembly.Module.imports(module)) {
    imports[from] ??= {};
    (imports[from] as Record<string, unknown>)[key] = host[key] ?? (() => 0);
  }
  const exports = new WebAssembly.Instance(module, imports).exports as unknown as Exports;
  const settings = give(config);
  exports.plugin_init(Number(settings >> 32n), Number(settings & 0xffff_ffffn));
  exports.plugin_start();
  const call = exports[DISPATCH_EXPORT];
  return (fn, input) => {
    name = fn;
    const given = give(input);
    const pointer = Number(given >> 32n);
    const packed = call(pointer, Number(given & 0xffff_ffffn));
    const at = Number((packed >> 32n) & 0xffff_ffffn);
    if (view.length === 0) view = new Uint8Array(exports.memory.buffer);
    const output = decoder.decode(view.subarray(at, at + Number(packed & 0xffff_ffffn)));
    if (at !== 0) exports.free(at);
    if (pointer !== at) exports.free(pointer);
    return output;
  };
}
