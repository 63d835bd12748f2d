/**
 * Strikes secrets, in every form in which texts are commonly encoded, from a body that comes in pieces: a server that sends back what it was sent must not tell the plugin what the
 * host has sent on its behalf. Each byte of a secret becomes `*`, so lengths stay what they are.
 */
import { formsOf } from '../redactor.ts';

const STAR = 0x2a;
const NOTHING = Buffer.alloc(0);

export class BodyRedactor {
  readonly #secrets: readonly Buffer[];
  /** End of what came, as it came, held back because a secret may begin in it. */
  #held: Buffer = NOTHING;
  /** Which bytes of it belong to a secret already: 1, else 0. Secrets may overlap. */
  #heldMarks: Buffer = NOTHING;

  constructor(secrets: readonly string[]) {
    const forms = [...new Set(secrets)].flatMap(formsOf);
    const bytes = forms.flatMap((form) => [Buffer.from(form, 'latin1'), Buffer.from(form, 'utf8')]);
    this.#secrets = [...new Map(bytes.map((form) => [form.toString('latin1'), form])).values()];
  }

  /** @returns what may be handed on by now */
  push(piece: Uint8Array): Uint8Array {
    const bytes = Buffer.concat([this.#held, piece]);
    const marks = Buffer.concat([this.#heldMarks, Buffer.alloc(piece.length)]);
    for (const secret of this.#secrets) mark(bytes, secret, marks);
    const kept = Math.max(0, ...this.#secrets.map((secret) => beginningAtEnd(bytes, secret)));
    const end = bytes.length - kept;
    this.#held = Buffer.from(bytes.subarray(end));
    this.#heldMarks = marks.subarray(end);
    return struck(bytes.subarray(0, end), marks);
  }

  /** @returns what was held back: the body is over */
  flush(): Uint8Array {
    const rest = struck(this.#held, this.#heldMarks);
    this.#held = NOTHING;
    this.#heldMarks = NOTHING;
    return rest;
  }
}

function mark(bytes: Buffer, secret: Buffer, marks: Buffer): void {
  for (let at = bytes.indexOf(secret); at >= 0; at = bytes.indexOf(secret, at + 1))
    marks.fill(1, at, at + secret.length);
}

/** Changes `bytes` in place. */
function struck(bytes: Buffer, marks: Buffer): Buffer {
  for (let at = marks.indexOf(1); at >= 0 && at < bytes.length; at = marks.indexOf(1, at + 1)) bytes[at] = STAR;
  return bytes;
}

/** Length of the longest beginning of `secret`, not all of it, with which `bytes` end. */
function beginningAtEnd(bytes: Buffer, secret: Buffer): number {
  for (let length = Math.min(secret.length - 1, bytes.length); length > 0; length--) {
    if (bytes.compare(secret, 0, length, bytes.length - length) === 0) return length;
  }
  return 0;
}
