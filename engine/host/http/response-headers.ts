/** The head of an answer as the plugin sees it. */
import type { Incoming } from './connections.ts';
import { HttpRefusal } from './refusal.ts';

/** Shown to plugins that ask for it and are granted it: what a server keeps about its visitor is not everybody's business. */
const COOKIES: ReadonlySet<string> = new Set(['set-cookie', 'set-cookie2']);
/** Of the encoded body, which the plugin does not get. */
const OF_ENCODING: ReadonlySet<string> = new Set(['content-encoding', 'content-length']);
const MOST_HEADERS = 200;

export interface HeaderView {
  readonly cookies: boolean;
  readonly isDecoded: boolean;
  /** Removes secrets. */
  readonly strike: (text: string) => string;
}

/** @returns JSON: an object of strings by lower-case name, and a list under `set-cookie`. @throws HttpRefusal for too many */
export function visibleHeaders(incoming: Incoming, { cookies, isDecoded, strike }: HeaderView): string {
  const raw = rawHeaders(incoming);
  if (raw.length / 2 > MOST_HEADERS)
    throw new HttpRefusal(
      'LIMIT_EXCEEDED',
      `The answer has ${raw.length / 2} headers: at most ${MOST_HEADERS} are allowed`,
    );
  const visible: Record<string, string | string[]> = Object.create(null);
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] as string).toLowerCase();
    const value = strike(raw[i + 1] as string);
    const known = visible[name];
    if (COOKIES.has(name)) {
      if (cookies) visible[name] = [...(known ?? []), value];
    } else if (!(isDecoded && OF_ENCODING.has(name))) {
      visible[name] = known === undefined ? value : `${known}, ${value}`;
    }
  }
  return JSON.stringify(visible);
}

/** One header; of several of that name the first. @param name in lower case */
export function headerOf(incoming: Incoming, name: string): string | undefined {
  const raw = rawHeaders(incoming);
  for (let i = 0; i < raw.length; i += 2) if ((raw[i] as string).toLowerCase() === name) return raw[i + 1];
  return undefined;
}

/** Names and values in turn, as `responseHeaders: 'raw'` asks for them. */
const rawHeaders = ({ headers }: Incoming): readonly string[] => headers as unknown as readonly string[];
