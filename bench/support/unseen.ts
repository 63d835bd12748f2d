/** A module or component that nobody has seen before: with a custom section of its own, so that no cache knows it. */
import { Writer } from '../../engine/wasm/writer.ts';

const CUSTOM = 0;
let count = 0;

export function unseen(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  count++;
  const section = new Writer().name('unseen').name(`${process.pid} ${count}`).finish();
  return new Writer(bytes.length + 64).bytes(bytes).section(CUSTOM, section).finish();
}
