/** The doc comment of a declaration: the compiler's syntax tree has no comments, so it is read from the text before it. */
import type * as Ast from 'assemblyscript';

/** What may stand between a doc comment and the place where a declaration begins. */
const MODIFIERS = /(?:\bexport\s+|@[\w.]+(?:\([^)]*\))?\s*)*$/;
/** A manifest takes no longer ones. */
const MAX_LENGTH = 1_000;

/** The first paragraph as one line, without tags; undefined if there is none. */
export function docComment({ range }: Ast.Node): string | undefined {
  const before = range.source.text.slice(0, range.start).replace(MODIFIERS, '').trimEnd();
  const start = before.lastIndexOf('/**');
  if (start < 0 || before.indexOf('*/', start) !== before.length - 2) return undefined;
  const lines = before.slice(start + 3, -2).split('\n');
  const text = lines
    .map((line) => line.replace(/^\s*\*/, '').trim())
    .join('\n')
    .trim();
  const [first = ''] = text.split(/\n\n|(?:^|\n)@/);
  const line = first.replace(/\s+/g, ' ').trim();
  return line === '' ? undefined : line.slice(0, MAX_LENGTH);
}
