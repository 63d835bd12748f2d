/** What rows of the module `extism:host/env` have in common. */
import type { EXTISM_MODULE } from '../../abi/extism.ts';
import { RingfenceError } from '../../errors.ts';
import type { HostContext } from '../context.ts';
import type { SyncHostFunction } from '../function.ts';

export interface ExtismRow extends SyncHostFunction {
  readonly module: typeof EXTISM_MODULE;
}

/** A parameter of type i64: V8 hands it over as a bigint, handlers are written for numbers. */
export const fromWide = (value: number): bigint => value as unknown as bigint;

const lenient = new TextDecoder();

/** The text of a block. @throws BAD_POINTER; LIMIT_EXCEEDED where it has more than `most` bytes */
export function readText({ account, extism }: HostContext, address: bigint, most: number, what: string): string {
  const bytes = extism.blocks.view(address, what);
  if (bytes.length > most) {
    throw new RingfenceError('LIMIT_EXCEEDED', `The ${what} has ${bytes.length} bytes: at most ${most} are allowed`, {
      details: { used: bytes.length, allowed: most },
    });
  }
  account.pay(bytes.length);
  return lenient.decode(bytes);
}
