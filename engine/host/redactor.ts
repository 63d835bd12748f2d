/**
 * Strikes secrets from what is written down. A plugin does not know them, but a server may have sent one back, and what a plugin
 * makes of that ends in log lines and errors: as it is, or in one of the ways in which text is commonly encoded.
 *
 * This is against accidents. A plugin that has come to know a secret and wants it in the log can turn it around letter by letter.
 */

/** What stands where a secret stood. */
export const STRUCK = '[secret]';
/** The mark where a text was cut. */
const CUT = '…';
/** So much of a secret before a cut is struck as well. */
const SHORTEST_BEGINNING = 6;

export class Redactor {
  /** Every form of every secret, the longest first. */
  readonly #forms: readonly string[];

  constructor(secrets: Iterable<string>) {
    this.#forms = [...new Set([...secrets].flatMap(formsOf))].sort((a, b) => b.length - a.length);
  }

  /** The text without any secret in it, nor the beginning of one before a cut. */
  strike(text: string): string {
    let struck = text;
    // One search for each: one pattern of all of them takes V8 seconds where secrets are long.
    for (const form of this.#forms) if (struck.includes(form)) struck = struck.replaceAll(form, STRUCK);
    const cut = struck.lastIndexOf(CUT);
    if (cut < 0) return struck;
    const start = this.#beginningBefore(struck, cut);
    return start === cut ? struck : struck.slice(0, start) + STRUCK + struck.slice(cut);
  }

  /** The same for data that JSON can carry: for names and for text, however deep. What cannot be looked at is left out. */
  strikeData<Data extends object>(data: Data): Data {
    if (this.#forms.length === 0) return data;
    try {
      const text = JSON.stringify(data);
      const struck = this.strike(text);
      return struck === text ? data : (JSON.parse(struck, withoutPrototype) as Data);
    } catch {
      return {} as Data;
    }
  }

  /** Where the beginning of a secret starts that ends at `end`; `end` if there is none. */
  #beginningBefore(text: string, end: number): number {
    let first = end;
    for (const form of this.#forms) {
      const seed = form.slice(0, SHORTEST_BEGINNING);
      const from = Math.max(0, end - form.length + 1);
      for (let at = text.indexOf(seed, from); at >= 0 && at < first; at = text.indexOf(seed, at + 1)) {
        if (form.startsWith(text.slice(at, end))) first = at;
      }
    }
    return first;
  }
}

/** As log fields are: every name is a plain member. */
function withoutPrototype(_: string, value: unknown): unknown {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  // In place: a copy could take far more room than what it copies, see sparse-object.ts.
  return isObject ? Object.setPrototypeOf(value, null) : value;
}

/** A secret as it is and as it looks in JSON, in URLs, in base64 (anywhere in a longer text), and in hexadecimal. */
export function formsOf(secret: string): string[] {
  const url = encodeURIComponent(secret);
  const forms = [
    secret,
    JSON.stringify(secret).slice(1, -1),
    url,
    new URLSearchParams([['', secret]]).toString().slice(1),
    url.replace(/%../g, (code) => code.toLowerCase()),
  ];
  const utf8 = new TextEncoder().encode(secret);
  const latin1 = Uint8Array.from(secret, (character) => character.charCodeAt(0));
  for (const bytes of [utf8, latin1]) {
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    forms.push(hex, hex.toUpperCase(), ...base64Forms(bytes));
  }
  return forms;
}

/**
 * Base64 writes three bytes as four characters, so the same bytes look different by their place among threes. Characters that
 * hold bits of neighbours are left out.
 */
function base64Forms(bytes: Uint8Array): string[] {
  return [0, 1, 2].flatMap((before) => {
    const padded = new Uint8Array(before + bytes.length);
    padded.set(bytes, before);
    const text = btoa(String.fromCharCode(...padded));
    const own = text.slice(Math.ceil((before * 8) / 6), Math.floor((padded.length * 8) / 6));
    return [own, own.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
