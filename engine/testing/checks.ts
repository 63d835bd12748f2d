/** Checks of plain data, which any test framework shows as its own. */
import { AssertionError } from 'node:assert';
import { isRingfenceError } from '../errors.ts';
import { checkNames } from '../option-checks.ts';
import { USAGE_NAMES, type Usage, type UsageName } from '../runtime/usage.ts';

/** How a call failed, as plain data. */
export interface Failure {
  /** Of a `fail` in the plugin, what it gave; otherwise that of the engine, such as `OUT_OF_FUEL`. */
  readonly code: string;
  readonly message: string;
  readonly details: unknown;
}

/**
 * How a call fails.
 * @throws AssertionError if it does not; whatever it rejects with that is no error of the engine
 *
 * @example
 * assert.equal((await failureOf(greeter.call('greet', { name: '' }))).code, 'EMPTY_NAME');
 */
export async function failureOf(call: Promise<unknown>): Promise<Failure> {
  let value: unknown;
  try {
    value = await call;
  } catch (error) {
    if (!isRingfenceError(error)) throw error;
    const { code, message, details } = error;
    if (code !== 'GUEST_ERROR') return { code, message, details };
    const own = details as { readonly code?: string; readonly message?: string; readonly details?: unknown };
    return { code: own.code ?? code, message: own.message ?? message, details: own.details };
  }
  throw new AssertionError({
    message: 'Expected the call to fail, but it answered',
    actual: value,
    expected: 'a failure',
    operator: 'failureOf',
  });
}

/**
 * That a call used no more than this, by the names of `usage`.
 * @throws AssertionError with what is over
 *
 * @example
 * const { usage } = await greeter.invoke('greet', { name: 'Ada' });
 * assertUsage(usage, { fuel: 100_000, httpRequests: 0 });
 */
export function assertUsage(usage: Usage, most: { readonly [name in UsageName]?: number | undefined }): void {
  checkNames('assertUsage', most, USAGE_NAMES);
  const over = USAGE_NAMES.filter((name) => usage[name].used > (most[name] ?? Number.POSITIVE_INFINITY));
  if (over.length === 0) return;
  throw new AssertionError({
    message: `The call used more than it should: ${over.map((name) => `${name} ${usage[name].used} of ${most[name]}`).join(', ')}`,
    actual: Object.fromEntries(over.map((name) => [name, usage[name].used])),
    expected: Object.fromEntries(over.map((name) => [name, most[name]])),
    operator: 'assertUsage',
  });
}
