/**
 * The memory that an Extism guest shares with its host: blocks in a linear memory beside the guest's own, at addresses that the
 * guest keeps as 64-bit numbers. Where blocks begin and end is written down here, out of the guest's reach.
 *
 *     0 … 16: never handed out | input | blocks, each rounded up to 16 bytes | … | grown when needed, up to `blockBytes`
 */
import { RingfenceError } from '../../errors.ts';
import type { CallAccount } from '../account.ts';
import { overLimit } from '../account.ts';

const PAGE_BYTES = 65_536;
const UNIT = 16;
/** Host memory that one entry takes is more than a small block: so their number has a bound of its own. */
const MOST_BLOCKS = 65_536;
/** Bytes that are written or cleared for one unit of fuel, as `memory.fill` has it. */
const BYTES_PER_FUEL = 16;
const FIRST = UNIT;

export class Blocks {
  readonly memory = new WebAssembly.Memory({ initial: 1, maximum: 65_536 });
  readonly #account: CallAccount;
  /** Length by address. */
  readonly #lengths = new Map<number, number>();
  /** Addresses of blocks that were freed, by their rounded size. */
  readonly #free = new Map<number, number[]>();
  #top = FIRST;
  /** Above here nothing was ever written. */
  #clean = FIRST;
  #bytes = new Uint8Array(this.memory.buffer);
  outputAt = 0;
  outputLength = 0;

  constructor(account: CallAccount) {
    this.#account = account;
  }

  /** Bytes that the blocks take of the host's memory. */
  get byteLength(): number {
    return this.#view().length;
  }

  /** Blocks of the call before are gone. */
  clear(): void {
    if (this.#lengths.size > 0) this.#lengths.clear();
    if (this.#free.size > 0) this.#free.clear();
    this.#clean = Math.max(this.#clean, this.#top);
    this.#top = FIRST;
    this.outputAt = 0;
    this.outputLength = 0;
  }

  /** Forgets what was ever written. */
  wipe(): void {
    this.clear();
    this.#view().fill(0, 0, this.#clean);
    this.#clean = FIRST;
  }

  /**
   * A block of so many bytes, all zero.
   * @param length as the guest gave it
   * @returns its address; 0 for no bytes
   * @throws LIMIT_EXCEEDED
   */
  allocate(length: bigint): number {
    const size = BigInt.asUintN(64, length);
    if (size === 0n) return 0;
    const { blockBytes } = this.#account.limits;
    if (size > blockBytes) throw overLimit('blockBytes', blockBytes, 'bytes of blocks');
    const at = this.#reserve(Number(size), true);
    return at;
  }

  /** A block with a copy of `bytes`. @returns its address; 0 for no bytes. @throws LIMIT_EXCEEDED */
  give(bytes: Uint8Array): number {
    if (bytes.length === 0) return 0;
    const { blockBytes } = this.#account.limits;
    if (bytes.length > blockBytes) throw overLimit('blockBytes', blockBytes, 'bytes of blocks', bytes.length);
    const at = this.#reserve(bytes.length, false);
    this.#view().set(bytes, at);
    return at;
  }

  /** Lets go of a block. What is none is no fault: guests free what they were never given. */
  free(address: bigint): void {
    const at = Number(BigInt.asUintN(64, address));
    const length = this.#lengths.get(at);
    if (length === undefined) return;
    this.#lengths.delete(at);
    const size = rounded(length);
    const freed = this.#free.get(size);
    if (freed === undefined) this.#free.set(size, [at]);
    else freed.push(at);
  }

  /** Length of the block at an address; 0 where none begins. */
  length(address: bigint): number {
    return this.#lengths.get(Number(BigInt.asUintN(64, address))) ?? 0;
  }

  /**
   * The bytes of a block: to be read before anything is allocated, and not kept.
   * @param what names it in the message
   * @throws BAD_POINTER for an address at which no block begins
   */
  view(address: bigint, what: string): Uint8Array<ArrayBuffer> {
    const at = Number(BigInt.asUintN(64, address));
    const length = this.#lengths.get(at);
    if (length !== undefined) return this.#view().subarray(at, at + length);
    throw outside(`${what} to be a block`, address);
  }

  /** As {@link view}, of any stretch: output may begin inside a block. @throws BAD_POINTER */
  stretch(at: number, length: number, what: string): Uint8Array<ArrayBuffer> {
    const bytes = this.#view();
    if (at + length > bytes.length) throw outside(`${what} to lie in blocks of ${bytes.length} bytes`, BigInt(at));
    return bytes.subarray(at, at + length);
  }

  #reserve(length: number, clear: boolean): number {
    const size = rounded(length);
    this.#account.pay(Math.floor(size / BYTES_PER_FUEL));
    if (this.#lengths.size >= MOST_BLOCKS) throw tooMany();
    const freed = this.#free.get(size)?.pop();
    const at = freed ?? this.#top;
    if (freed === undefined) {
      this.#growTo(at + size);
      this.#top = at + size;
    }
    const dirty = freed === undefined ? this.#clean : at + size;
    if (clear && at < dirty) this.#view().fill(0, at, Math.min(at + size, dirty));
    this.#lengths.set(at, length);
    return at;
  }

  #growTo(end: number): void {
    const { length } = this.#view();
    if (end <= length) return;
    const { blockBytes } = this.#account.limits;
    // The first page is there in any case.
    const most = Math.max(PAGE_BYTES, blockBytes);
    if (end > most) throw overLimit('blockBytes', blockBytes, 'bytes of blocks', end);
    const wanted = Math.min(Math.max(end, length * 2), most);
    try {
      this.memory.grow(Math.ceil((wanted - length) / PAGE_BYTES));
    } catch (cause) {
      throw new RingfenceError('MEMORY_LIMIT', 'The host has no room for the blocks of an instance', { cause });
    }
  }

  #view(): Uint8Array<ArrayBuffer> {
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(this.memory.buffer);
    return this.#bytes;
  }
}

const rounded = (length: number): number => Math.ceil(length / UNIT) * UNIT;

const tooMany = (): RingfenceError =>
  new RingfenceError('LIMIT_EXCEEDED', `More than ${MOST_BLOCKS} blocks in one call`, {
    details: { allowed: MOST_BLOCKS },
  });

/** Of an address that leads nowhere. */
export function outside(expected: string, address: bigint): RingfenceError {
  const at = `0x${BigInt.asUintN(64, address).toString(16)}`;
  return new RingfenceError('BAD_POINTER', `Expected ${expected}, got the address ${at}`, { details: { address: at } });
}
