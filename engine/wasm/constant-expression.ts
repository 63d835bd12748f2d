/** Constant expressions: the initial values of globals and tables, the places of segments, the items of tables. */
import type { StructureLimits } from '../limits.ts';
import { readInstruction, reencodeInstructions } from './instructions.ts';
import type { Expression } from './module.ts';
import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

/**
 * Passes over a constant expression and its `end`.
 * @throws INVALID_MODULE for an instruction that cannot stand in one; types and indices are not checked here
 */
export function readConstantExpression(reader: Reader, limits: StructureLimits): Expression {
  const start = reader.offset;
  for (;;) {
    const { row, offset } = readInstruction(reader, limits);
    if (!row.constant) throw reader.malformed(`${row.name} cannot stand in a constant expression`, offset);
    const size = reader.offset - start;
    if (size > limits.constantExpressionBytes) {
      throw reader.overLimit(
        'constant expression',
        'constantExpressionBytes',
        size,
        limits.constantExpressionBytes,
        start,
      );
    }
    if (row.control === 'end') return { start, end: reader.offset };
  }
}

/** Writes an expression with its `end`, each instruction in its shortest form. */
export function writeExpression(writer: Writer, bytes: Uint8Array, expression: Expression): void {
  reencodeInstructions(writer, bytes, expression);
}
