/**
 * The blocks that are open where the function writer stands, with what it has put around each. Label n of the original is the
 * block n places from the top; in what is written it lies further out by all blocks that were added on the way there.
 *
 * @typeParam Closing what is to be written where a block ends, beside its `end`
 */
export class OpenBlocks<Closing> {
  /** The function itself is block 0. */
  #depth = 0;
  /** Blocks added around each open block and those around it. */
  #added = new Int32Array(64);
  /** Sparse: most blocks just end. */
  readonly #closings: (Closing | undefined)[] = [];
  #closingCount = 0;

  /** For the next function. @param maxDepth deepest nesting, the function itself included */
  reset(maxDepth: number): void {
    if (this.#added.length < maxDepth) this.#added = new Int32Array(2 * maxDepth);
    this.#depth = 0;
    this.#closingCount = 0;
  }

  /** @param added blocks that were written around this one */
  open(added = 0, closing?: Closing): void {
    const around = this.#added[this.#depth++] as number;
    this.#added[this.#depth] = around + added;
    if (closing === undefined) return;
    this.#closings[this.#depth] = closing;
    this.#closingCount++;
  }

  /** Ends the innermost block. */
  close(): Closing | undefined {
    const depth = this.#depth--;
    if (this.#closingCount === 0) return undefined;
    const closing = this.#closings[depth];
    if (closing === undefined) return undefined;
    this.#closings[depth] = undefined;
    this.#closingCount--;
    return closing;
  }

  /** Nothing was added around any open block: labels are what they were. */
  get areOriginal(): boolean {
    return this.#added[this.#depth] === 0;
  }

  /** The innermost block just ends. */
  get endsPlainly(): boolean {
    return this.#closingCount === 0 || this.#closings[this.#depth] === undefined;
  }

  isFunctionLabel(label: number): boolean {
    return label === this.#depth;
  }

  /** The label in what is written. */
  label(label: number): number {
    const here = this.#added[this.#depth] as number;
    return label + here - (this.#added[this.#depth - label] as number);
  }
}
