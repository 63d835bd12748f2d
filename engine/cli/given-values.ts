/** What stands behind options: JSON, `@file`, `-`, `name=value`. */
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { type ErrorCode, RingfenceError } from '../errors.ts';
import type { GrantsInput } from '../grants.ts';
import { quote } from '../validate/quote.ts';

const STDIN = '-';
const FILE_MARK = '@';

/**
 * The bytes that an option gives: those of a file (`@path`), of standard input (`-`), or its own text.
 * @param code of the error for what cannot be read
 */
export async function readGiven(option: string, given: string, code: ErrorCode): Promise<Uint8Array> {
  if (given === STDIN) return buffer(process.stdin);
  if (!given.startsWith(FILE_MARK)) return new TextEncoder().encode(given);
  const path = given.slice(FILE_MARK.length);
  try {
    return await readFile(path);
  } catch (cause) {
    throw new RingfenceError(code, `Cannot read the file of \`${option}\`: ${(cause as Error).message}`, {
      stage: 'options',
      details: { option, path },
      cause,
    });
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The JSON value that an option gives.
 * @param code of the error for what cannot be read or is not JSON
 */
export async function readJson(option: string, given: string, code: ErrorCode): Promise<unknown> {
  return parseJson(option, await readGiven(option, given, code), code);
}

/** The same of bytes that have been read. */
export function parseJson(option: string, bytes: Uint8Array, code: ErrorCode): unknown {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch (cause) {
    const text = new TextDecoder().decode(bytes.subarray(0, 100));
    throw new RingfenceError(
      code,
      `Expected JSON behind \`${option}\`, got ${text === '' ? 'nothing' : quote(text)} (${(cause as Error).message}). ` +
        `Text is written with its quotes: ${option} '"text"'; a file as ${option} @file.json`,
      { stage: 'options', details: { option }, cause },
    );
  }
}

/** Text as it is; a JSON string stands for the text in it. */
export function textOf(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes);
  if (!text.startsWith('"')) return text;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : text;
  } catch {
    return text;
  }
}

/** Splits "name=value". @throws USAGE without a name or an equals sign */
export function splitPair(option: string, given: string, example: string): readonly [name: string, value: string] {
  const at = given.indexOf('=');
  if (at < 1) {
    throw new RingfenceError('USAGE', `Expected \`${option}\` to be followed by ${example}, got ${quote(given)}`, {
      stage: 'options',
      details: { option, given },
    });
  }
  return [given.slice(0, at), given.slice(at + 1)];
}

/** For options that may be repeated: commander hands over what came before. */
export function collect(given: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), given];
}

/** A capability alone, or one that is `true`, grants whatever the manifest asks for of it. */
export function grantsOf(given: readonly string[] = []): GrantsInput {
  const granted = new Map<string, string[] | true>();
  for (const item of given) {
    const [name, value] = item.includes('=') ? splitPair('--grant', item, 'capability=value') : [item, 'true'];
    const before = granted.get(name) ?? [];
    granted.set(name, before === true || value === 'true' ? true : [...before, ...value.split(',')]);
  }
  return Object.fromEntries(granted);
}
