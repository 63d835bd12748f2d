/** Signatures of core functions as linking uses them, and what the world's types come to in them. */
import type { WorldFunction, WorldImport, WorldType } from '../abi/component-world.ts';
import type { FunctionType, NumberType } from '../wasm/types.ts';
import { signatureName } from '../wasm/types.ts';

export type Signature = Pick<FunctionType, 'params' | 'results'>;

export const REALLOC: Signature = { params: ['i32', 'i32', 'i32', 'i32'], results: ['i32'] };
/** Of a function whose result is an address. */
export const POST_RETURN: Signature = { params: ['i32'], results: [] };

const FLAT: Readonly<Record<WorldType, readonly NumberType[]>> = {
  string: ['i32', 'i32'],
  u32: ['i32'],
  u64: ['i64'],
  bool: ['i32'],
  'result<string, string>': ['i32', 'i32', 'i32'],
  'result<_, string>': ['i32', 'i32', 'i32'],
};

const flatParams = ({ params }: WorldFunction): NumberType[] => params.flatMap((type) => FLAT[type]);

/** What a core module imports for it. A result that takes more than one number goes to a place whose address is the last parameter. */
export function loweredSignature(world: WorldFunction): Signature {
  const results = world.result === undefined ? [] : FLAT[world.result];
  return results.length <= 1
    ? { params: flatParams(world), results }
    : { params: [...flatParams(world), 'i32'], results: [] };
}

/** What a core module exports for it: such results come as the address where they are. */
export function liftedSignature(world: WorldFunction): Signature {
  const results = world.result === undefined ? [] : FLAT[world.result];
  return { params: flatParams(world), results: results.length <= 1 ? results : ['i32'] };
}

/** The host function behind an import of the world. */
export function hostSignature(row: WorldImport): Signature {
  if (row.answer === 'direct') return loweredSignature(row);
  return { params: flatParams(row), results: row.answer === 'flag' ? ['i32'] : ['i64'] };
}

/** The same text for the same signature. */
export const signatureKey = (signature: Signature): string => signatureName(signature);
