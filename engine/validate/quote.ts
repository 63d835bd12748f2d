/** Names and values that a guest chose, made safe to show: in messages, on terminals and in logs. */

const SHOWN = 80;
/** Controls, and characters that turn the direction of text or do not show. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** In double quotes, on one line, escaped, and cut where it is long. */
export function quote(text: string): string {
  return escapeInvisible(JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text));
}

/** What does not show, as `\u001b`. */
export function escapeInvisible(text: string): string {
  return text.replace(INVISIBLE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Any JSON value in a few words: `"yes"`, `12`, `an array of 3`, `an object`. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return value === undefined ? 'nothing' : String(value);
}
