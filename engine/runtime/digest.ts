/**
 * How bytes are recognised: by SHA-256 everywhere, and by something that is many times as fast where a secret is shared: within one
 * process, and among those that share a disk cache.
 */
import { type CipherGCM, createCipheriv, createHash, randomBytes } from 'node:crypto';

/** How much is hashed before others get a turn: a fraction of a millisecond. */
const SLICE_BYTES = { sha256: 512 * 1024, gcm: 4 * 1024 * 1024 };

const KEY_BYTES = 16;
export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;
export const SECRET_BYTES = KEY_BYTES + NONCE_BYTES;

/**
 * Tells bytes apart at the speed of memory, for those who know a secret. It is the tag of AES-GCM over the bytes: a universal
 * hash. Two inputs have the same one with a chance of less than 2^-100, and who does not know the secret cannot look for such a
 * pair. Who sees names can work the secret out, so they must not be seen by anybody else, not even in a log.
 */
export class SecretHash {
  readonly #key: Uint8Array;
  readonly #nonce: Uint8Array;

  /** @param secret SECRET_BYTES random bytes */
  constructor(secret: Uint8Array) {
    this.#key = secret.slice(0, KEY_BYTES);
    this.#nonce = secret.slice(KEY_BYTES, SECRET_BYTES);
  }

  /** The name of bytes, the same for the same bytes. */
  nameOf(bytes: Uint8Array): string {
    const tag = this.#open(this.#nonce);
    tag.setAAD(bytes);
    tag.final();
    return tag.getAuthTag().toString('latin1');
  }

  /** The same name. The event loop goes round while large inputs are read: nobody may change them. */
  async nameOfLarge(bytes: Uint8Array): Promise<string> {
    return (await this.#tagUnder(this.#nonce, [bytes])).toString('latin1');
  }

  /**
   * The seal of parts, as one after the other: who does not know the secret can make none. It may be shown to anybody.
   * @param nonce NONCE_BYTES random bytes, new ones for each seal that is made
   */
  seal(nonce: Uint8Array, ...parts: readonly Uint8Array[]): Promise<Buffer> {
    return this.#tagUnder(nonce, parts);
  }

  async #tagUnder(nonce: Uint8Array, parts: readonly Uint8Array[]): Promise<Buffer> {
    const tag = this.#open(nonce);
    await inSlices(parts, SLICE_BYTES.gcm, (slice) => tag.setAAD(slice));
    tag.final();
    return tag.getAuthTag();
  }

  #open(nonce: Uint8Array): CipherGCM {
    return createCipheriv('aes-128-gcm', this.#key, nonce);
  }
}

const ofProcess = new SecretHash(randomBytes(SECRET_BYTES));

/** Tells bytes apart within this process, see {@link SecretHash}. */
export const fingerprint = (bytes: Uint8Array): string => ofProcess.nameOf(bytes);

/** SHA-256 in hexadecimal. The event loop goes round while large inputs are hashed: nobody may change them. */
export async function sha256(...parts: readonly Uint8Array[]): Promise<string> {
  const hash = createHash('sha256');
  await inSlices(parts, SLICE_BYTES.sha256, (slice) => hash.update(slice));
  return hash.digest('hex');
}

/** Hands all bytes on, and lets others run after so many of them. */
async function inSlices(
  parts: readonly Uint8Array[],
  sliceBytes: number,
  take: (slice: Uint8Array) => unknown,
): Promise<void> {
  let inSlice = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length; ) {
      if (inSlice === sliceBytes) {
        await new Promise((resolve) => setImmediate(resolve));
        inSlice = 0;
      }
      const slice = part.subarray(at, at + sliceBytes - inSlice);
      take(slice);
      at += slice.length;
      inSlice += slice.length;
    }
  }
}
