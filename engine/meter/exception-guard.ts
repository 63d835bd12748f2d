/** Code that runs when an exception of any kind passes, which is then thrown on. A trap is none. */
import type { ValueType } from '../wasm/types.ts';
import { type Assembler, OP } from './assembler.ts';
import type { TypePlan } from './type-plan.ts';

/** The form of a catch clause that takes every exception, with a reference to it. */
const CATCH_ALL_REF = 3;

export class ExceptionGuard {
  readonly #types: TypePlan;
  readonly #newer: boolean;

  /** @param usesExceptionRefs V8 takes the newer form of handlers in this module, and not the older one */
  constructor(types: TypePlan, usesExceptionRefs: boolean) {
    this.#types = types;
    this.#newer = usesExceptionRefs;
  }

  /** What is written from here to {@link close} is guarded. It takes nothing from the stack and leaves `results` on it. */
  open(code: Assembler, results: readonly ValueType[]): void {
    if (!this.#newer) {
      code.op(OP.try);
      this.#types.writeBlockType(code, [], results);
      return;
    }
    code.op(OP.block);
    this.#types.writeBlockType(code, [], results);
    code.op(OP.block);
    this.#types.writeBlockType(code, [], [{ kind: 'ref', nullable: true, heap: 'exn' }]);
    code.op(OP.tryTable);
    this.#types.writeBlockType(code, [], results);
    code.u32(1).u8(CATCH_ALL_REF).u32(0);
  }

  close(code: Assembler, onException: () => void): void {
    if (this.#newer) code.end().op(OP.br).u32(1).end();
    else code.op(OP.catchAll);
    onException();
    if (this.#newer) code.op(OP.throwRef).end();
    else code.op(OP.rethrow).u32(0).end();
  }
}
