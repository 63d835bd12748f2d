/** The baseline: starting a plugin by hand on plain V8. What the engine calls while it loads is called here too, unchecked. */

interface PluginExports {
  readonly memory: WebAssembly.Memory;
  readonly malloc: (size: number) => number;
  readonly free: (pointer: number) => void;
  readonly plugin_get_info: () => bigint;
  readonly plugin_init: (pointer: number, length: number) => number;
  readonly plugin_start: () => number;
  readonly plugin_run: (pointer: number, length: number) => bigint;
}

const config = new TextEncoder().encode('{}');
const utf8 = new TextDecoder();

export const compileAndStart = async (bytes: Uint8Array<ArrayBuffer>): Promise<void> =>
  start(await WebAssembly.compile(bytes));

export interface StartOptions {
  readonly imports?: WebAssembly.Imports;
  /** Called before anything else is. */
  readonly ready?: (exports: WebAssembly.Exports) => void;
}

/** Starts it and calls it once. @throws if the plugin does not start */
export function start(module: WebAssembly.Module, { imports = {}, ready }: StartOptions = {}): void {
  const instance = new WebAssembly.Instance(module, imports);
  ready?.(instance.exports);
  const exports = instance.exports as unknown as PluginExports;
  const packed = exports.plugin_get_info();
  const at = Number(packed >> 32n);
  const text = utf8.decode(new Uint8Array(exports.memory.buffer, at, Number(packed & 0xffff_ffffn)));
  exports.free(at);
  const { name } = JSON.parse(text) as { readonly name: string };
  const pointer = exports.malloc(config.length);
  new Uint8Array(exports.memory.buffer).set(config, pointer);
  const status = exports.plugin_init(pointer, config.length);
  exports.free(pointer);
  if (name === '' || status !== 0 || exports.plugin_start() !== 0 || exports.plugin_run(0, 0) !== 0n) {
    throw new Error(`${name} does not start`);
  }
}
