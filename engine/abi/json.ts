/** JSON in, JSON out: what `plugin.call` puts between JavaScript values and the text that crosses the border. */
import { RingfenceError } from '../errors.ts';
import { oneLine } from './one-line.ts';

/**
 * The text of a call's input.
 * @returns empty text for `undefined`: a call without input
 * @throws INVALID_INPUT for what JSON cannot carry
 */
export function encodeInput(value: unknown): string {
  if (value === undefined) return '';
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new RingfenceError(
      'INVALID_INPUT',
      `Expected an input that JSON can carry: ${cause instanceof Error ? cause.message : String(cause)}`,
      { stage: 'call', cause },
    );
  }
  if (text === undefined) {
    throw new RingfenceError('INVALID_INPUT', `Expected an input that JSON can carry, got a ${typeof value}`, {
      stage: 'call',
    });
  }
  return text;
}

/** Deeper values would overflow the stack of whoever walks them recursively, `JSON.stringify` for one. */
const MAX_DEPTH = 1_000;

/**
 * The value of a call's output.
 * @param name function that returned it, for the message
 * @returns `undefined` for empty text
 * @throws BAD_OUTPUT when it is not JSON, or nested over 1,000 levels
 */
export function decodeOutput(text: string, name: string): unknown {
  if (text === '') return undefined;
  let value: unknown;
  try {
    if (!isShallow(text)) throw new Error(`it is nested deeper than ${MAX_DEPTH} levels`);
    value = JSON.parse(text);
  } catch (cause) {
    throw new RingfenceError(
      'BAD_OUTPUT',
      `Expected the output of \`${name}\` to be JSON: ${oneLine((cause as Error).message)}`,
      {
        stage: 'call',
        details: { length: text.length },
      },
    );
  }
  return value;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** False if brackets nest over the limit. Says nothing of text that is not JSON. */
export function isShallow(text: string, maxDepth = MAX_DEPTH): boolean {
  // Most results are too short to be deep.
  if (text.length <= maxDepth * 2) return true;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) {
      at = endOfString(text, at);
    } else if (unit === OPEN_ARRAY || unit === OPEN_OBJECT) {
      if (++depth > maxDepth) return false;
    } else if (unit === CLOSE_ARRAY || unit === CLOSE_OBJECT) {
      depth--;
    }
  }
  return true;
}

/** Index of the closing quote, found with the native search: strings are most of most documents. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let before = quote;
    while (text.charCodeAt(before - 1) === BACKSLASH) before--;
    if ((quote - before) % 2 === 0) return quote;
  }
  return text.length;
}
