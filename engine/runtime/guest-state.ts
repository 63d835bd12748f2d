/**
 * The state of an instance as its host can read and write it: linear memory, and the mutable globals as bits. What else there is
 * (tables, references, segments that were dropped) stays in the instance: see meter/state-support.ts.
 */
import { MEMORY_EXPORT } from '../abi/exports.ts';
import type { EngineReport } from '../meter/index.ts';
import { STATE_OPERATIONS } from '../meter/report.ts';

const PAGE_BYTES = 65_536;
/** That of guests which have none. */
export const NO_MEMORY = new WebAssembly.Memory({ initial: 0, maximum: 0 });

export class GuestState {
  readonly #memory: WebAssembly.Memory;
  readonly #parts: number;
  readonly #state: (operation: number, part: number, bits: bigint) => bigint;

  private constructor(exports: WebAssembly.Exports, parts: number, state: string) {
    const exported = <Fn>(name: string): Fn => exports[name] as Fn;
    this.#memory = exports[MEMORY_EXPORT] === undefined ? NO_MEMORY : exported(MEMORY_EXPORT);
    this.#parts = parts;
    this.#state = exported(state);
  }

  /** Undefined for an instance of a module that was metered without `exportState`. */
  static of(
    exports: WebAssembly.Exports,
    { hidden, state }: Pick<EngineReport, 'hidden' | 'state'>,
  ): GuestState | undefined {
    if (hidden.state === undefined || state === undefined) return undefined;
    return new GuestState(exports, state.parts, hidden.state);
  }

  /** The memory as it is now: growing it detaches what was handed out before. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#memory.buffer as ArrayBuffer);
  }

  /** Entries of all tables. */
  get tableEntries(): number {
    return Number(this.#state(STATE_OPERATIONS.tableEntries, 0, 0n));
  }

  /** @throws RangeError when there is no room */
  growTo(byteLength: number): void {
    const missing = byteLength - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(missing / PAGE_BYTES);
  }

  get globals(): BigInt64Array {
    return BigInt64Array.from({ length: this.#parts }, (_, part) => this.#state(STATE_OPERATIONS.get, part, 0n));
  }

  set globals(bits: BigInt64Array) {
    for (let part = 0; part < this.#parts; part++) this.#state(STATE_OPERATIONS.set, part, bits[part] ?? 0n);
  }

  /** Keeps globals and tables inside the instance as they are now. */
  save(): void {
    this.#state(STATE_OPERATIONS.save, 0, 0n);
  }

  /** Globals and tables as they were saved. False if that cannot be. */
  restore(): boolean {
    return this.#state(STATE_OPERATIONS.restore, 0, 0n) === 1n;
  }
}
