/**
 * Strikes secrets from a body that comes in pieces: a server that sends back what it was sent must not tell the plugin what the
 * host has sent on its behalf. Each byte of a secret becomes `*`, so lengths stay what they are.
 */
const STAR = 0x2a;

export class BodyRedactor {
  readonly #secrets: readonly Buffer[];
  /** End of what came, held back because a secret may begin in it. */
  #held: Buffer = Buffer.alloc(0);

  constructor(secrets: readonly string[]) {
    this.#secrets = [...new Set(secrets)].map((secret) => Buffer.from(secret, 'latin1'));
  }

  /** @returns what may be handed on by now */
  push(piece: Uint8Array): Uint8Array {
    const bytes = Buffer.concat([this.#held, piece]);
    for (const secret of this.#secrets) {
      for (let at = bytes.indexOf(secret); at >= 0; at = bytes.indexOf(secret, at + secret.length)) {
        bytes.fill(STAR, at, at + secret.length);
      }
    }
    const kept = Math.max(0, ...this.#secrets.map((secret) => beginningAtEnd(bytes, secret)));
    this.#held = bytes.subarray(bytes.length - kept);
    return bytes.subarray(0, bytes.length - kept);
  }

  /** @returns what was held back: the body is over */
  flush(): Uint8Array {
    const rest = this.#held;
    this.#held = Buffer.alloc(0);
    return rest;
  }
}

/** Length of the longest beginning of `secret`, not all of it, with which `bytes` end. */
function beginningAtEnd(bytes: Buffer, secret: Buffer): number {
  for (let length = Math.min(secret.length - 1, bytes.length); length > 0; length--) {
    if (bytes.compare(secret, 0, length, bytes.length - length) === 0) return length;
  }
  return 0;
}
