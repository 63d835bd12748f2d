/** Catches what is thrown, for tests that look at the whole error. */
import { expect } from 'vitest';
import { type ErrorCode, isRingfenceError, type RingfenceError } from '../../engine/errors.ts';

/** The error that `action` throws or rejects with; it has to be one of ours, with this code. */
export async function failure(action: () => unknown, code: ErrorCode): Promise<RingfenceError> {
  try {
    const value = await action();
    expect.fail(`expected ${code}, got a result: ${JSON.stringify(value)}`);
  } catch (error) {
    if (!isRingfenceError(error)) throw error;
    expect(`${error.code}: ${error.message}`).toMatch(new RegExp(`^${code}: `));
    return error;
  }
}

/** The same for what is thrown at once. */
export function failureSync(action: () => unknown, code: ErrorCode): RingfenceError {
  let value: unknown;
  try {
    value = action();
  } catch (error) {
    if (!isRingfenceError(error)) throw error;
    expect(`${error.code}: ${error.message}`).toMatch(new RegExp(`^${code}: `));
    return error;
  }
  return expect.fail(`expected ${code}, got a result: ${JSON.stringify(value)}`);
}
