/** What the engine and its compiler thread say to each other. One module at a time: a request has one answer, or none. */
import type { ErrorData } from '../errors.ts';
import type { CountedType } from '../validate/type-budget.ts';
import type { CheckedData, MeteredData, ModuleForm } from './module-work.ts';

export type CompilerRequest =
  | {
      readonly kind: 'check';
      /** Handed over, not copied. */
      readonly bytes: Uint8Array<ArrayBuffer>;
      /** Types that this thread has not heard of yet. */
      readonly types: readonly CountedType[];
    }
  /** The module that was checked last. */
  | { readonly kind: 'meter'; readonly form: ModuleForm }
  /** The engine is done with that module. Not answered. */
  | { readonly kind: 'drop' };

export type CompilerMessage =
  | { readonly kind: 'checked'; readonly data: CheckedData }
  | { readonly kind: 'metered'; readonly metered: MeteredData }
  | { readonly kind: 'failed'; readonly error: ErrorData }
  /** Sent before V8 sees them, so that they are counted even if the thread dies over the module. Not an answer. */
  | { readonly kind: 'types'; readonly types: readonly CountedType[] };

/** What the thread is started with. */
export interface CompilerThreadData {
  /** For the names that it gives to types. */
  readonly typePrefix: string;
}
