/** How bytes are recognised: by SHA-256 everywhere, and within one process by something that is twenty times as fast. */
import { createCipheriv, createHash, randomBytes } from 'node:crypto';

const key = randomBytes(16);
const nonce = randomBytes(12);

/**
 * Tells bytes apart within this process, at the speed of memory. It is the tag of AES-GCM over the bytes, under a key that is
 * made anew for each process: a universal hash. Two inputs have the same one with a chance of less than 2^-100, and who does
 * not know the key cannot look for such a pair. So the tag must not leave the process, not even into a log.
 */
export function fingerprint(bytes: Uint8Array): string {
  const cipher = createCipheriv('aes-128-gcm', key, nonce);
  cipher.setAAD(bytes);
  cipher.final();
  return cipher.getAuthTag().toString('latin1');
}

/** What is hashed before others get a turn: a fraction of a millisecond. */
const SLICE_BYTES = 512 * 1024;

/** SHA-256 in hexadecimal. Large inputs are hashed in slices, and the event loop goes round in between: nobody may change them. */
export async function sha256(...parts: readonly Uint8Array[]): Promise<string> {
  const hash = createHash('sha256');
  let inSlice = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length; ) {
      if (inSlice === SLICE_BYTES) {
        await new Promise((resolve) => setImmediate(resolve));
        inSlice = 0;
      }
      const slice = part.subarray(at, at + SLICE_BYTES - inSlice);
      hash.update(slice);
      at += slice.length;
      inSlice += slice.length;
    }
  }
  return hash.digest('hex');
}
