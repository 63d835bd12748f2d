/**
 * The section `metadata.code.branch_hint` (WebAssembly branch hinting proposal): tells V8 which branches are seldom taken.
 * Without it V8 keeps registers ready for the slow path in the middle of hot loops: a tenth of the run time.
 */
import { SECTION } from '../wasm/sections/layout.ts';
import { Writer } from '../wasm/writer.ts';

const SECTION_NAME = 'metadata.code.branch_hint';
const UNLIKELY = 0;

export class BranchHints {
  readonly #content = new Writer();
  #functions = 0;

  /** @param offsets of the branch instructions, counted from the first byte of the body (its local declarations) */
  add(funcIndex: number, offsets: readonly number[]): void {
    if (offsets.length === 0) return;
    this.#functions++;
    this.#content.u32(funcIndex).u32(offsets.length);
    for (const offset of offsets) this.#content.u32(offset).u32(1).u8(UNLIKELY);
  }

  /** Writes the section; it belongs before the code section. */
  write(out: Writer): void {
    if (this.#functions === 0) return;
    const head = new Writer().name(SECTION_NAME).u32(this.#functions).finish();
    out
      .u8(SECTION.custom)
      .u32(head.length + this.#content.size)
      .bytes(head)
      .bytes(this.#content.view());
  }
}
