/** What comes of a handler of the application: what it may answer with, and what becomes of what it throws. */
import { RingfenceError } from '../../errors.ts';
import type { CustomShape, HostNumberType } from '../../host-function.ts';

export type CustomAnswer =
  | { readonly ok: true; readonly value: number | bigint | string | Uint8Array | undefined }
  | CustomFailure;
export interface CustomFailure {
  readonly ok: false;
  readonly code: string;
  readonly message: string;
}

const I64 = 2n ** 63n;

/** Whether a value is one of a type; of i32 and i64, signed or unsigned. */
export function isOfType(type: HostNumberType, value: unknown): boolean {
  if (type === 'i64') return typeof value === 'bigint' && value >= -I64 && value < I64 * 2n;
  if (typeof value !== 'number') return false;
  return type !== 'i32' || (Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 32);
}

/** What the plugin is told of an error of the handler. @throws HOST_FUNCTION_FAILED, unless it was meant for the plugin */
export function failed(shape: CustomShape, error: unknown): CustomFailure {
  // By name: it may come from another copy of the library.
  if (error instanceof Error && error.name === 'HostFunctionError' && 'code' in error) {
    return refuse(String(error.code), error.message);
  }
  if (error instanceof RingfenceError && error.code === 'HOST_FUNCTION_FAILED' && error.details.import === shape.name) {
    throw error;
  }
  throw misbehaved(shape, `failed: ${error instanceof Error ? error.message : String(error)}`, error);
}

/** HOST_FUNCTION_FAILED: the handler did what it should not. */
export function misbehaved({ name }: CustomShape, what: string, cause?: unknown): RingfenceError {
  return new RingfenceError('HOST_FUNCTION_FAILED', `The host function ${name} ${what}`, {
    stage: 'host',
    details: { import: name },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The same, where a function that never waits answered with a promise. Its failure does not go unhandled. */
export function promised(shape: CustomShape, promise: PromiseLike<unknown>): RingfenceError {
  Promise.resolve(promise).catch(() => {});
  return misbehaved(shape, 'answered with a promise: say `async: true` in its definition');
}

/** What ends the call of a guest whose function of numbers was refused: there is no way to tell it. */
export function refused({ name }: CustomShape, { code, message }: CustomFailure): RingfenceError {
  return new RingfenceError(
    code === 'PERMISSION_DENIED' ? 'PERMISSION_DENIED' : 'HOST_FUNCTION_FAILED',
    `The host function ${name} refused: ${message}`,
    { stage: 'host', details: { import: name, code } },
  );
}

export const refuse = (code: string, message: string): CustomFailure => ({ ok: false, code, message });

export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as PromiseLike<unknown>).then === 'function';
}
