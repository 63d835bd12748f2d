/** Names and values that a guest chose, as messages show them. */
import { oneLine } from '../abi/one-line.ts';

const SHOWN = 80;

/** In double quotes, on one line, and cut where it is long. */
export function quote(text: string): string {
  return oneLine(JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text));
}

/** Text of a guest on one line, without quotes. */
export const escapeInvisible = (text: string): string => oneLine(text);

/** Any JSON value in a few words: `"yes"`, `12`, `an array of 3`, `an object`. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return value === undefined ? 'nothing' : String(value);
}
