/** Arguments of functions that are called by type: a JSON array. */
import { isShallow } from '../../abi/json.ts';
import { RingfenceError } from '../../errors.ts';
import type { HostContext } from '../../host/context.ts';
import type { Input } from '../guest-calls.ts';
import { inputTextOf } from './output.ts';

/**
 * The arguments of one call: an array, one for each parameter. No input stands for none, and what is no array for the only one.
 * @returns what is wrong with them otherwise
 */
export function parseArguments(
  host: HostContext,
  name: string,
  input: Input,
  count: number,
  canOmit = false,
): readonly unknown[] | RingfenceError {
  const text = inputTextOf(host, input);
  if (text instanceof Error) return text;
  let value: unknown;
  try {
    value = text === '' ? [] : isShallow(text) ? JSON.parse(text) : undefined;
  } catch {
    value = undefined;
  }
  const given = Array.isArray(value) ? value : value === undefined ? undefined : [value];
  if (given !== undefined && (given.length === count || (canOmit && given.length < count))) return given;
  return new RingfenceError(
    'INVALID_INPUT',
    `Expected the input of \`${name}\` to be a JSON array of its ${count} arguments, got ${given === undefined ? 'something else' : given.length}`,
    { stage: 'call', details: { function: name, parameters: count } },
  );
}
