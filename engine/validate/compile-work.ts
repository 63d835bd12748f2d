/**
 * How much work a function makes for V8's compilers, which its size does not say.
 *
 * Liftoff and TurboFan keep a copy of all state (each local, each value on the operand stack) at every place where control
 * splits or meets, so their memory and time grow with state x places: 6 KB of wasm took 1.2 GB. Some instructions of three
 * bytes become kilobytes in the compiler. Both are counted here, in one pass over the scanned code, without types: only
 * the height of the operand stack is followed.
 */
import { type Arities, changeOf, paramsOf, resultsOf } from '../wasm/arities.ts';
import { catchClauseCount } from '../wasm/branch-targets.ts';
import type { CodeBuffer } from '../wasm/code.ts';
import { type Control, OPCODES } from '../wasm/opcodes.ts';
import { STACK_CHANGE } from '../wasm/stack-change.ts';
import { BLOCK_VALUE, OPERATION_WEIGHTS, PLACES } from './compile-weights.ts';

const CONTROL_CODES: Readonly<Record<Control, number>> = {
  none: 0,
  block: 1,
  loop: 2,
  if: 3,
  'try-table': 4,
  try: 5,
  else: 6,
  catch: 7,
  'catch-all': 8,
  end: 9,
  delegate: 10,
  br: 11,
  return: 11,
  unreachable: 11,
  throw: 11,
  'tail-call': 11,
  'tail-call-indirect': 11,
  'tail-call-ref': 11,
  'br-if': 12,
  'br-table': 13,
  call: 14,
  'call-indirect': 15,
  'call-ref': 15,
};
const CONTROL = Uint8Array.from(OPCODES, ({ control }) => CONTROL_CODES[control]);

export interface CompileWork {
  /** In the units of compile-weights.ts. */
  readonly work: number;
  readonly loops: number;
  /** Bytes of all loop bodies, those of nested loops once for each loop around: TurboFan scans them anew for each. */
  readonly loopBytes: number;
}

const PLAIN = -1;
/** A try: what is called inside may continue at its handlers. */
const HANDLES = -2;

/** Blocks that are open while the code is walked; grows as needed, reused from function to function. */
class Frames {
  /** Height of the operand stack below the block's own values. */
  base = new Float64Array(64);
  params = new Uint16Array(64);
  results = new Uint16Array(64);
  /** Of a loop the offset of its first byte, of others PLAIN or HANDLES. */
  role = new Float64Array(64);

  reserve(depth: number): void {
    if (depth <= this.base.length) return;
    const capacity = depth * 2;
    this.base = new Float64Array(capacity);
    this.params = new Uint16Array(capacity);
    this.results = new Uint16Array(capacity);
    this.role = new Float64Array(capacity);
  }
}

const frames = new Frames();

/**
 * @param slots parameters and locals of the function
 * @param code its scanned body; it need not be valid, only well nested
 */
export function compileWork(code: CodeBuffer, slots: number, arities: Arities, bytes: Uint8Array): CompileWork {
  const { ids, starts, a, count } = code;
  frames.reserve(code.maxDepth + 1);
  const { base, params, results, role } = frames;
  let work = 0;
  let loops = 0;
  let loopBytes = 0;
  let height = 0;
  let depth = 0;
  /** Tries around. */
  let handlers = 0;
  base[0] = 0;
  role[0] = PLAIN;

  for (let i = 0; i < count; i++) {
    const id = ids[i] as number;
    const control = CONTROL[id] as number;
    if (control === 0) {
      work += OPERATION_WEIGHTS[id] as number;
      height += STACK_CHANGE[id] as number;
      continue;
    }
    const floor = base[depth] as number;
    // Below its block's floor the stack is only in code that cannot be reached.
    const state = slots + Math.max(height, floor);
    switch (control) {
      case CONTROL_CODES.block:
      case CONTROL_CODES.loop:
      case CONTROL_CODES.if:
      case CONTROL_CODES['try-table']:
      case CONTROL_CODES.try: {
        const arity = arities.block(a[i] as number);
        const taken = paramsOf(arity);
        const left = resultsOf(arity);
        if (control === CONTROL_CODES.if) height--;
        work += at(control <= CONTROL_CODES.loop ? PLACES.block : PLACES.fork, state) + (taken + left) * BLOCK_VALUE;
        if (control === CONTROL_CODES['try-table']) work += at(PLACES.edge, state) * catchClauseCount(bytes, code, i);
        depth++;
        base[depth] = Math.max(floor, height - taken);
        params[depth] = taken;
        results[depth] = left;
        role[depth] = PLAIN;
        if (control === CONTROL_CODES.loop) {
          loops++;
          role[depth] = starts[i] as number;
        } else if (control >= CONTROL_CODES['try-table']) {
          handlers++;
          role[depth] = HANDLES;
        }
        break;
      }
      case CONTROL_CODES.else:
        work += at(PLACES.edge, state);
        height = floor + (params[depth] as number);
        break;
      case CONTROL_CODES.catch:
      case CONTROL_CODES['catch-all']:
        work += at(PLACES.edge, state);
        height = floor;
        if (control === CONTROL_CODES.catch) {
          height += paramsOf(arities.tag(a[i] as number));
        }
        break;
      case CONTROL_CODES.end:
      case CONTROL_CODES.delegate:
        if ((role[depth] as number) >= 0) loopBytes += (starts[i] as number) - (role[depth] as number);
        else if (role[depth] === HANDLES) handlers--;
        height = floor + (results[depth] as number);
        if (depth > 0) depth--;
        break;
      case CONTROL_CODES['br-if']:
        work += at(PLACES.edge, state);
        height += STACK_CHANGE[id] as number;
        break;
      case CONTROL_CODES['br-table']:
        work += at(PLACES.edge, state) * ((a[i] as number) + 1);
        height = floor;
        break;
      case CONTROL_CODES.call:
        work += at(PLACES.call, state) + (handlers > 0 ? at(PLACES.edge, state) : 0);
        height += changeOf(arities.func(a[i] as number));
        break;
      case CONTROL_CODES['call-indirect']:
        // The operand that says what to call: an entry of a table, or a reference.
        work += at(PLACES.indirectCall, state) + (handlers > 0 ? at(PLACES.edge, state) : 0);
        height += changeOf(arities.type(a[i] as number)) - 1;
        break;
      default:
        work += at(PLACES.edge, state);
        height = floor;
    }
  }
  return { work, loops, loopBytes };
}

const at = ({ each, slot }: { readonly each: number; readonly slot: number }, state: number): number =>
  each + slot * state;
