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

/** The constant expressions of the module that is written, with mapped function indices, in bytes of their own. */
export class ExpressionPool {
  readonly #source: Uint8Array;
  readonly #pool = new Writer();

  /** @param source what the spans of the expressions that come in point into */
  constructor(source: Uint8Array) {
    this.#source = source;
  }

  /** @returns a span in the pool */
  map(expression: Expression, mapFunction: (funcIndex: number) => number): Expression {
    const start = this.#pool.size;
    for (const instruction of decodeInstructions(this.#source, expression, 'constant expression')) {
      const immediates = instruction.immediates.map((immediate) =>
        immediate.kind === 'func' ? { ...immediate, value: mapFunction(immediate.value) } : immediate,
      );
      encodeInstruction(this.#pool, { row: instruction.row, immediates });
    }
    return { start, end: this.#pool.size };
  }

  /** An expression without references. @returns a span in the pool */
  copy({ start, end }: Expression): Expression {
    return this.add(this.#source.subarray(start, end));
  }

  /** A whole expression of our own, its `end` included. @returns a span in the pool */
  add(expression: Uint8Array): Expression {
    const start = this.#pool.size;
    this.#pool.bytes(expression);
    return { start, end: this.#pool.size };
  }

  /** What the spans point into. */
  bytes(): Uint8Array {
    return this.#pool.view();
  }
}
