/** Functions that a guest exports for others than us: any number of parameters, called in one of two ways. */
import type { GuestCall } from '../guest-calls.ts';
import { GuestFunction } from '../guest-function.ts';
import type { StackShape } from '../standing-stack.ts';

const NO_ARGUMENTS: readonly number[] = [];

/** Exports of one instance, each wrapped once. */
export class ForeignFunctions {
  readonly #exports: WebAssembly.Exports;
  readonly #known = new Map<string, GuestFunction>();

  readonly #shapes: ReadonlyMap<string, StackShape> | undefined;

  /** @param shapes of those that may have a stack of their own */
  constructor(exports: WebAssembly.Exports, shapes?: ReadonlyMap<string, StackShape>) {
    this.#exports = exports;
    this.#shapes = shapes;
  }

  has(name: string): boolean {
    return typeof this.#exports[name] === 'function';
  }

  /** The validator has found the export. */
  get(name: string): GuestFunction {
    let fn = this.#known.get(name);
    if (fn === undefined) {
      const exported = this.#exports[name] as unknown as GuestFunction['direct'];
      fn = new GuestFunction(name, exported, this.#shapes?.get(name));
      this.#known.set(name, fn);
    }
    return fn;
  }

  /** A step of a sequence. */
  call(name: string, args: readonly (number | bigint)[] = NO_ARGUMENTS): GuestCall {
    return { fn: this.get(name), a: 0, b: 0, args };
  }
}
