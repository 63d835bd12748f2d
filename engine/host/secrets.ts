/**
 * Values that the host sends on a plugin's behalf: known by name, never handed out, and struck from what is. They are sent where
 * the operator has written `${secret:NAME}`.
 */
import { RingfenceError } from '../errors.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/;
const REFERENCE = /\$\{secret:([^}]*)\}/g;
/** What may stand in a header: one line of Latin-1. */
const VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;
/** Shorter ones would be found in every other text, and struck from it. */
const SHORTEST = 8;
const LONGEST = 8_192;
/** What stands where a secret stood. */
const STRUCK = '[secret]';

export class Secrets {
  readonly #values: ReadonlyMap<string, string>;

  /** @throws INVALID_OPTION, which never says a value */
  constructor(values: Readonly<Record<string, string>> = {}) {
    if (typeof values !== 'object' || values === null) throw invalid('`secrets` to be an object of strings');
    this.#values = new Map(Object.entries(values));
    for (const [name, value] of this.#values) {
      if (!NAME.test(name))
        throw invalid(
          `the name of a secret to be a letter and up to 63 letters, digits, _ . -, got ${JSON.stringify(name.slice(0, 80))}`,
        );
      if (typeof value !== 'string' || value.length < SHORTEST || value.length > LONGEST || !VALUE.test(value))
        throw invalid(`the secret ${name} to be one line of ${SHORTEST} to ${LONGEST} characters of Latin-1`);
    }
  }

  /** @returns the value, or undefined */
  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  /** The text with secrets in their places. */
  fill(template: string): string {
    return template.replaceAll(REFERENCE, (_, name: string) => this.#values.get(name) ?? '');
  }

  /** The text without any secret in it. */
  strike(text: string): string {
    let struck = text;
    // The longest first: one may be a part of another.
    const values = [...this.#values.values()].sort((a, b) => b.length - a.length);
    for (const value of values) struck = struck.replaceAll(value, STRUCK);
    return struck;
  }
}

/** Names of the secrets that a text refers to. */
export function secretsIn(template: string): readonly string[] {
  return [...template.matchAll(REFERENCE)].map(([, name = '']) => name);
}

function invalid(expected: string): RingfenceError {
  return new RingfenceError('INVALID_OPTION', `Expected ${expected}`, {
    stage: 'options',
    details: { option: 'secrets' },
  });
}
