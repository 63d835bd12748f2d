/** What goes to the compiler's thread and back: plain data. */
import type { Diagnostic } from '../../build/index.ts';
import type { ErrorData } from '../../errors.ts';

export interface BuildRequest {
  readonly source: string;
  readonly outDir: string | undefined;
}

export interface BuiltInThread {
  /** The module, with its source map beside it. */
  readonly file: string;
  readonly name: string;
  readonly version: string;
  readonly warnings: readonly Diagnostic[];
  readonly ms: number;
}

export type BuildAnswer =
  | { readonly ok: true; readonly value: BuiltInThread }
  | { readonly ok: false; readonly error: ErrorData };
