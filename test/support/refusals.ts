/** What was refused, and how: for tests of errors. */
import { expect } from 'vitest';
import { type ErrorCode, isRingfenceError, type RingfenceError } from '../../engine/errors.ts';

/** The error that `work` ends in. Anything but an error of ours fails the test. */
export function refusalOf(work: () => unknown): RingfenceError {
  try {
    work();
  } catch (error) {
    if (isRingfenceError(error)) return error;
    throw error;
  }
  throw new Error('expected a refusal, but it was accepted');
}

/** Expects a code, and each of the parts in the message. */
export function expectRefusal(
  work: () => unknown,
  code: ErrorCode,
  ...parts: readonly (string | RegExp)[]
): RingfenceError {
  const error = refusalOf(work);
  expect({ code: error.code, message: error.message }).toMatchObject({ code });
  for (const part of parts) {
    if (typeof part === 'string') expect(error.message).toContain(part);
    else expect(error.message).toMatch(part);
  }
  return error;
}
