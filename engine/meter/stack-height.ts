/** How high a function's operand stack gets: part of what a call frame costs in stack depth. */
import type { CodeBuffer } from '../wasm/code.ts';
import { OPCODES } from '../wasm/opcodes.ts';
import { STACK_CHANGE } from '../wasm/stack-change.ts';
import { CONTROL, CONTROL_CODES } from './flow-graph.ts';

/** Operands taken and left, packed as params << 16 | results. */
export interface Arities {
  block(blockType: number): number;
  func(funcIndex: number): number;
  type(typeIndex: number): number;
  tag(tagIndex: number): number;
}

const VECTOR = Uint8Array.from(OPCODES, ({ feature }) => (feature === 'simd' || feature === 'relaxed-simd' ? 1 : 0));

/** Words of 8 bytes that the operands of one activation may take; vectors count twice. Never below the real height. */
export class StackHeight {
  #heights = new Int32Array(64);
  #arities = new Int32Array(64);

  measure(code: CodeBuffer, arities: Arities): number {
    const { ids, a, count } = code;
    let heights = this.#heights;
    let packed = this.#arities;
    if (heights.length <= code.maxDepth + 1) {
      heights = this.#heights = new Int32Array(code.maxDepth * 2);
      packed = this.#arities = new Int32Array(code.maxDepth * 2);
    }
    let depth = 0;
    let height = 0;
    let highest = 0;
    let vectors = false;
    for (let i = 0; i < count; i++) {
      const id = ids[i] as number;
      height += STACK_CHANGE[id] as number;
      if (VECTOR[id] === 1) vectors = true;
      switch (CONTROL[id]) {
        case CONTROL_CODES.none:
          break;
        case CONTROL_CODES.if:
        case CONTROL_CODES.block:
        case CONTROL_CODES.loop:
        case CONTROL_CODES.try:
        case CONTROL_CODES['try-table']: {
          const arity = arities.block(a[i] as number);
          if (CONTROL[id] === CONTROL_CODES.if) height--;
          heights[depth] = height - (arity >>> 16);
          packed[depth++] = arity;
          break;
        }
        case CONTROL_CODES.else:
          height = (heights[depth - 1] as number) + ((packed[depth - 1] as number) >>> 16);
          break;
        case CONTROL_CODES.catch:
          height = (heights[depth - 1] as number) + (arities.tag(a[i] as number) >>> 16);
          break;
        case CONTROL_CODES['catch-all']:
          height = heights[depth - 1] as number;
          break;
        case CONTROL_CODES.end:
        case CONTROL_CODES.delegate:
          if (depth > 0) {
            depth--;
            height = (heights[depth] as number) + ((packed[depth] as number) & 0xffff);
          }
          break;
        case CONTROL_CODES.call: {
          const arity = arities.func(a[i] as number);
          height += (arity & 0xffff) - (arity >>> 16);
          break;
        }
        case CONTROL_CODES['call-indirect']:
        case CONTROL_CODES['call-ref']: {
          const arity = arities.type(a[i] as number);
          height += (arity & 0xffff) - (arity >>> 16) - 1;
          break;
        }
      }
      if (height > highest) highest = height;
    }
    return vectors ? highest * 2 : highest;
  }
}
