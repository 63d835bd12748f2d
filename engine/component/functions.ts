/** The functions that linking adds: what stands between core modules and the host, in both directions. */
import type { AnswerForm } from '../abi/component-world.ts';
import type { NumberType } from '../wasm/types.ts';
import { Assembler } from './assembler.ts';
import type { Signature } from './signature.ts';

export interface AddedFunction {
  readonly signature: Signature;
  readonly locals: readonly NumberType[];
  /** Instructions with the last `end`. */
  readonly code: Uint8Array;
  /** For the name section. */
  readonly name: string;
}

export function added(
  name: string,
  signature: Signature,
  locals: readonly NumberType[],
  write: (code: Assembler) => void,
): AddedFunction {
  const code = new Assembler();
  write(code);
  return { signature, locals, code: code.end().finish(), name };
}

/**
 * An import of the world over the host function that answers in the form of guest ABI v1. The last parameter says where the
 * result goes. Text that the host hands over was allocated by the guest's own allocator, and is the guest's from then on.
 * @param host index of the host function; `hostError` of the one that says why it failed
 */
export function importAdapter(
  name: string,
  signature: Signature,
  answer: Exclude<AnswerForm, 'direct'>,
  host: number,
  hostError: number,
): AddedFunction {
  const place = signature.params.length - 1;
  const packed = place + 1;
  return added(name, signature, ['i64'], (code) => {
    for (let i = 0; i < place; i++) code.get(i);
    code.call(host);
    if (answer === 'text') {
      code.set(packed);
      storePacked(code, place, packed, 0);
      return;
    }
    if (answer === 'flag') {
      code.if().get(place).i32(0).access('i32.store8').return().end();
      storeFailure(code, place, packed, hostError);
      return;
    }
    code.tee(packed).i64(-1).plain('i64.eq').if();
    storeFailure(code, place, packed, hostError);
    code.return().end();
    code.get(place).i32(0).access('i32.store8');
    storePacked(code, place, packed, 4);
  });
}

/** A failure, with what the host says of it. */
function storeFailure(code: Assembler, place: number, packed: number, hostError: number): void {
  code.get(place).i32(1).access('i32.store8');
  code.call(hostError).set(packed);
  storePacked(code, place, packed, 4);
}

/** Pointer and length of a packed pair in a local, to the address in another local. */
function storePacked(code: Assembler, place: number, packed: number, offset: number): void {
  code.get(place).get(packed).i64(32).plain('i64.shr_u').plain('i32.wrap_i64').access('i32.store', offset);
  code
    .get(place)
    .get(packed)
    .plain('i32.wrap_i64')
    .access('i32.store', offset + 4);
}

export const trapAdapter = (name: string, signature: Signature): AddedFunction =>
  added(name, signature, [], (code) => code.trap());
/** @param destructor index of the function that a resource of the component ends with */
export const dropAdapter = (name: string, destructor: number | undefined): AddedFunction =>
  added(name, { params: ['i32'], results: [] }, [], (code) => {
    if (destructor !== undefined) code.get(0).call(destructor);
  });
