/** Large modules out of real code: the functions of a program, many times over. For the rewriter's speed and V8's compile time. */
import { decodeModule } from '../../engine/wasm/decode.ts';
import { encodeModule } from '../../engine/wasm/encode.ts';

/**
 * The module with its functions repeated until it has `size` bytes (within one copy). The copies call the original functions;
 * only size and shape of the code count here, they never run.
 */
export function synthesise(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const module = decodeModule(bytes);
  const codeBytes = module.bodies.reduce((sum, { span }) => sum + span.end - span.start + 4, 0);
  const copies = Math.max(1, Math.round((size - bytes.length) / codeBytes) + 1);
  const functions = new Uint32Array(module.functions.length * copies);
  for (let copy = 0; copy < copies; copy++) functions.set(module.functions, copy * module.functions.length);
  return encodeModule({ ...module, functions, bodies: Array.from({ length: copies }, () => module.bodies).flat() });
}
