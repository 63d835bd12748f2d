/**
 * The names of the functions that a built JavaScript plugin exports: it is asked. What its author wrote at the top of the sources ran
 * when it was built; what runs here only lists them.
 */
import { linkComponent } from '../../component/link-component.ts';
import { bug } from '../../errors.ts';

const decoder = new TextDecoder();

/** @param component made of the entry of entry.ts */
export function exportedFunctions(component: Uint8Array): readonly string[] {
  const module = new WebAssembly.Module(linkComponent(component).bytes);
  const imports: WebAssembly.Imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] ??= {};
    // Nothing is offered: of WASI, 52 says so; text is empty.
    imports[from][name] = name === 'function_name' || name === 'host_error' ? () => 0n : () => 52;
  }
  const exports = new WebAssembly.Instance(module, imports).exports as unknown as Guest;
  const packed = exports.plugin_get_info();
  const [pointer, length] = [Number(BigInt.asUintN(32, packed >> 32n)), Number(BigInt.asUintN(32, packed))];
  const info: unknown = JSON.parse(decoder.decode(new Uint8Array(exports.memory.buffer, pointer, length)));
  const { functions } = info as { functions?: unknown };
  if (!Array.isArray(functions)) throw bug('a built plugin does not list its functions');
  return functions.map(String);
}

interface Guest {
  readonly memory: WebAssembly.Memory;
  readonly plugin_get_info: () => bigint;
}
