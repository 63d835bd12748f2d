/** Function indices in constant expressions: found, and written anew. */
import { decodeInstructions, encodeInstruction } from '../wasm/instructions.ts';
import type { Expression } from '../wasm/module.ts';
import { Writer } from '../wasm/writer.ts';

/** Calls `visit` with each function index that the expression refers to. */
export function visitFunctionReferences(
  bytes: Uint8Array,
  expression: Expression,
  visit: (funcIndex: number) => void,
): void {
  for (const { row, immediates } of decodeInstructions(bytes, expression, 'constant expression')) {
    const [immediate] = immediates;
    if (row.name === 'ref.func' && immediate?.kind === 'func') visit(immediate.value);
  }
}

/**
 * Expressions with mapped function indices, in bytes of their own behind the module's: spans into `bytes()` work for
 * expressions that were mapped and for all that were not.
 */
export class ExpressionPool {
  readonly #source: Uint8Array;
  readonly #added = new Writer();

  constructor(source: Uint8Array) {
    this.#source = source;
  }

  map(expression: Expression, mapFunction: (funcIndex: number) => number): Expression {
    let refers = false;
    visitFunctionReferences(this.#source, expression, () => {
      refers = true;
    });
    if (!refers) return expression;
    const start = this.#source.length + this.#added.size;
    for (const instruction of decodeInstructions(this.#source, expression, 'constant expression')) {
      const immediates = instruction.immediates.map((immediate) =>
        immediate.kind === 'func' ? { ...immediate, value: mapFunction(immediate.value) } : immediate,
      );
      encodeInstruction(this.#added, { row: instruction.row, immediates });
    }
    return { start, end: this.#source.length + this.#added.size };
  }

  /** A whole expression of our own, its `end` included. */
  add(expression: Uint8Array): Expression {
    const start = this.#source.length + this.#added.size;
    this.#added.bytes(expression);
    return { start, end: this.#source.length + this.#added.size };
  }

  /** The module's bytes, followed by what was mapped or added. */
  bytes(): Uint8Array {
    if (this.#added.size === 0) return this.#source;
    const all = new Uint8Array(this.#source.length + this.#added.size);
    all.set(this.#source);
    all.set(this.#added.view(), this.#source.length);
    return all;
  }
}
