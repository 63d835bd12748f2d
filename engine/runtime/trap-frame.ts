/** One function of a plugin on the stack when it ended: plain data, part of the details of errors. */
import type { SourcePlace } from './source-map.ts';

export interface TrapFrame {
  /** From the name section, where there is one. */
  readonly function?: string;
  /** Index in the plugin's own function index space. */
  readonly index: number;
  /** Of the instruction, in the plugin's own file. */
  readonly offset: number;
  /** Where a source map lies beside the file. */
  readonly source?: SourcePlace;
}

/** "render (assembly/index.ts:12:5)", "function 12". */
export function describeFrame({ function: name, index, source }: TrapFrame): string {
  const place = source === undefined ? '' : ` (${source.file}:${source.line}:${source.column})`;
  return (name ?? `function ${index}`) + place;
}
