/**
 * Values that the host sends on a plugin's behalf: known by name, never handed out, and struck from what is. They are sent where
 * the operator has written `${secret:NAME}`.
 */
import { RingfenceError } from '../errors.ts';
import { Redactor } from './redactor.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/;
const REFERENCE = /\$\{secret:([^}]*)\}/g;
/** What may stand in a header: one line of Latin-1. */
const VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;
/** Shorter ones would be found in every other text, and struck from it. */
const SHORTEST = 8;
const LONGEST = 8_192;

export class Secrets {
  readonly #values: ReadonlyMap<string, string>;
  readonly #redactor: Redactor;

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
    this.#redactor = new Redactor(this.#values.values());
  }

  get names(): readonly string[] {
    return [...this.#values.keys()];
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
    return this.#redactor.strike(text);
  }

  /** The data without any secret in its names and texts. */
  strikeData<Data extends object>(data: Data): Data {
    return this.#redactor.strikeData(data);
  }

  /** The same error, or one without any secret in its message and details. */
  strikeError(error: RingfenceError): RingfenceError {
    const message = this.strike(error.message);
    const details = this.strikeData(error.details);
    if (message === error.message && details === error.details) return error;
    const { code, stage, plugin } = error;
    // Without its cause: that has the text as it was.
    return new RingfenceError(code, message, { stage, plugin, details });
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
