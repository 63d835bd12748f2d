/**
 * A component's memory while values go in or out: what a pointer says is held against the memory as it is, and what is read or
 * written is counted, so that a small value cannot stand for a large one.
 */
import type { TextEncoding } from '../../../abi/component-types.ts';
import { RingfenceError } from '../../../errors.ts';
import { overLimit } from '../../../host/account.ts';
import type { HostContext } from '../../../host/context.ts';
import { decodeText } from '../../../memory/utf8.ts';

const UTF16_TAG = 0x8000_0000;
const utf16 = new TextDecoder('utf-16le', { fatal: true, ignoreBOM: true });
const latin1 = new TextDecoder('latin1');

export class ComponentMemory {
  readonly #host: HostContext;
  #left = 0;
  #limit: 'inputBytes' | 'outputBytes' = 'inputBytes';

  constructor(host: HostContext) {
    this.#host = host;
  }

  /** Counts anew, for what is about to go in or out. */
  open(limit: 'inputBytes' | 'outputBytes'): void {
    this.#limit = limit;
    this.#left = this.#host.account.limits[limit];
  }

  /** At least one for each value, and what text has: no more than its JSON would. @throws LIMIT_EXCEEDED */
  spend(count: number): void {
    this.#left -= count;
    if (this.#left >= 0) return;
    const limit = this.#host.account.limits[this.#limit];
    throw overLimit(
      this.#limit,
      limit,
      `bytes of ${this.#limit === 'inputBytes' ? 'input' : 'output'}`,
      limit - this.#left,
    );
  }

  /** Of all memory, as it is until the next call of the guest. */
  get view(): DataView<ArrayBuffer> {
    return new DataView(this.#host.memory.view(0, 0, 'memory').buffer);
  }

  /** Bytes at an address that must be a multiple of `align`. @throws BAD_POINTER */
  check(pointer: number, size: number, align: number, what: string): void {
    this.#host.memory.check(pointer, size, what);
    if ((pointer >>> 0) % align === 0) return;
    throw new RingfenceError('BAD_POINTER', `Expected ${what} at a multiple of ${align}, got ${pointer >>> 0}`, {
      details: { pointer: pointer >>> 0, align, what },
    });
  }

  bytes(pointer: number, length: number, what: string): Uint8Array<ArrayBuffer> {
    return this.#host.memory.view(pointer, length, what);
  }

  /** @throws BAD_POINTER, BAD_OUTPUT, LIMIT_EXCEEDED */
  readText(pointer: number, units: number, encoding: TextEncoding): string {
    const count = units >>> 0;
    const isTagged = encoding === 'latin1+utf16' && count >= UTF16_TAG;
    if (encoding === 'utf16' || isTagged) {
      const length = (isTagged ? count - UTF16_TAG : count) * 2;
      this.spend(length / 2);
      if (length > 0xffff_ffff) throw new RingfenceError('BAD_POINTER', `${length} bytes of text do not lie in memory`);
      if (length > 0) this.check(pointer, length, 2, 'text');
      return utf16Text(this.bytes(pointer, length, 'text'));
    }
    this.spend(count);
    const bytes = this.bytes(count === 0 ? 0 : pointer, count, 'text');
    return encoding === 'utf8' ? decodeText(bytes, 'text') : latin1Text(bytes);
  }
}

function utf16Text(bytes: Uint8Array): string {
  try {
    return utf16.decode(bytes);
  } catch {
    throw new RingfenceError('BAD_OUTPUT', 'Expected text to be UTF-16, but it has half of a surrogate pair', {
      details: { length: bytes.length },
    });
  }
}

/** The decoder of that name knows Windows-1252, which has other characters from 0x80 to 0x9f. */
function latin1Text(bytes: Uint8Array): string {
  if (bytes.every((byte) => byte < 0x80 || byte > 0x9f)) return latin1.decode(bytes);
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

const encoder = new TextEncoder();

/** Text as the guest takes it: its bytes, and the number that says how long it is. */
export function encodeText(text: string, encoding: TextEncoding): { bytes: Uint8Array; units: number; align: number } {
  if (encoding === 'utf8') {
    const bytes = encoder.encode(text);
    return { bytes, units: bytes.length, align: 1 };
  }
  const whole = text.toWellFormed();
  const bytes = new Uint8Array(whole.length * 2);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < whole.length; i++) view.setUint16(i * 2, whole.charCodeAt(i), true);
  return { bytes, units: encoding === 'utf16' ? whole.length : (whole.length | UTF16_TAG) >>> 0, align: 2 };
}
