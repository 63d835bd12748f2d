/**
 * A stack that stays. What `WebAssembly.promising` does for a call costs as much as a short call: it takes a stack, and makes
 * objects that V8's collector of young objects does not find to be garbage. So a function that is called often gets one stack,
 * on which a loop of a few instructions waits for the next call and makes it:
 *
 *     run(a, b)  ── wakes ──>  guest(a, b)  ── answer ──>  waits again
 *
 * Between the loop and the guest there is only WebAssembly, so the guest may be suspended in it as anywhere else. It runs in a microtask,
 * in the asynchronous context of the call before: not for guests whose host functions call the application.
 * V8 keeps whatever is suspended, so that a stack has to be ended by someone.
 */
import { MODULE_HEADER, SECTION } from '../wasm/sections/layout.ts';
import type { NumberType } from '../wasm/types.ts';
import { NUMBER_TYPES } from '../wasm/types.ts';
import { Writer } from '../wasm/writer.ts';
import { suspending, toPromising } from './jspi.ts';

/** Types of functions that can have one: `answer` has one result, or none. */
export interface StackShape {
  readonly params: 0 | 2;
  readonly result: NumberType | undefined;
}

type Answer = number | bigint;
type Settle = (answer: Answer) => void;
/** What the loop is told when it wakes up. */
const CALL = 1;
const END = 0;

export class StandingStack {
  readonly #give: ((a: number, b: number) => void) | undefined;
  #wake: (order: number) => void = nothing;
  #isBusy = false;
  #isLeaving = false;
  #resolve: Settle = nothing;
  #reject: (error: unknown) => void = nothing;

  /** @param fn an export of that shape */
  constructor(fn: CallableFunction, shape: StackShape) {
    const wait = (answer: Answer): Promise<number> | number => {
      this.#isBusy = false;
      this.#resolve(answer);
      if (this.#isLeaving) return END;
      return new Promise((wake) => {
        this.#wake = wake;
      });
    };
    const { loop, give } = new WebAssembly.Instance(moduleOf(shape), {
      guest: { run: fn as CallableFunction & (() => never) },
      host: { wait: suspending(wait) },
    } as WebAssembly.Imports).exports as { loop: () => void; give?: (a: number, b: number) => void };
    this.#give = give;
    // What the guest throws ends it, too.
    toPromising<void>(loop)().catch((error: unknown) => this.#reject(error));
  }

  /** As a function of `WebAssembly.promising`. Not while another call runs, and not after one that was rejected. */
  readonly run = (a: number, b: number): Promise<Answer> => {
    this.#give?.(a, b);
    this.#isBusy = true;
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#wake(CALL);
    });
  };

  /** It ends once the call that runs has ended, and takes no more. */
  end(): void {
    this.#isLeaving = true;
    if (!this.#isBusy) this.#wake(END);
  }
}

const nothing = (): void => {};

const modules = new Map<string, WebAssembly.Module>();

function moduleOf(shape: StackShape): WebAssembly.Module {
  const key = `${shape.params} ${shape.result}`;
  let module = modules.get(key);
  if (module === undefined) {
    module = new WebAssembly.Module(encodeLoop(shape));
    modules.set(key, module);
  }
  return module;
}

const FUNCTION_KIND = 0;
const FUNCTION_TYPE = 0x60;
const MUTABLE = 1;
const NO_VALUE = 0x40;
const OP = {
  loop: 0x03,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  call: 0x10,
  localGet: 0x20,
  localSet: 0x21,
  globalGet: 0x23,
  globalSet: 0x24,
  i32Const: 0x41,
  eqz: 0x45,
} as const;
const { i32 } = NUMBER_TYPES;

/** loop { if (wait(answer) == END) return; answer = run(a, b) }, and give(a, b) { global a, b = a, b } */
function encodeLoop({ params, result }: StackShape): Uint8Array<ArrayBuffer> {
  const results = result === undefined ? [] : [NUMBER_TYPES[result]];
  const given = Array<number>(params).fill(i32);
  const types = new Writer().u32(4);
  for (const [from, to] of [
    [given, results],
    [results, [i32]],
    [[], []],
    [given, []],
  ] as const) {
    types.u8(FUNCTION_TYPE);
    for (const list of [from, to]) {
      types.u32(list.length);
      for (const type of list) types.u8(type);
    }
  }
  const imports = new Writer().u32(2);
  imports.name('guest').name('run').u8(FUNCTION_KIND).u32(0);
  imports.name('host').name('wait').u8(FUNCTION_KIND).u32(1);
  const globals = new Writer().u32(params);
  for (let i = 0; i < params; i++) globals.u8(i32).u8(MUTABLE).u8(OP.i32Const).u8(0).u8(OP.end);
  const exports = new Writer().u32(2);
  exports.name('loop').u8(FUNCTION_KIND).u32(2).name('give').u8(FUNCTION_KIND).u32(3);

  const loop = new Writer();
  if (result === undefined) loop.u32(0);
  else loop.u32(1).u32(1).u8(NUMBER_TYPES[result]);
  loop.u8(OP.loop).u8(NO_VALUE);
  if (result !== undefined) loop.u8(OP.localGet).u32(0);
  loop.u8(OP.call).u32(1).u8(OP.eqz).u8(OP.brIf).u32(1);
  for (let i = 0; i < params; i++) loop.u8(OP.globalGet).u32(i);
  loop.u8(OP.call).u32(0);
  if (result !== undefined) loop.u8(OP.localSet).u32(0);
  loop.u8(OP.br).u32(0).u8(OP.end).u8(OP.end);

  const give = new Writer().u32(0);
  for (let i = 0; i < params; i++) give.u8(OP.localGet).u32(i).u8(OP.globalSet).u32(i);
  give.u8(OP.end);

  const bodies = [loop.finish(), give.finish()];
  const code = new Writer().u32(bodies.length);
  for (const body of bodies) code.u32(body.length).bytes(body);
  return new Writer()
    .bytes(MODULE_HEADER)
    .section(SECTION.type, types.finish())
    .section(SECTION.import, imports.finish())
    .section(SECTION.function, new Writer().u32(2).u32(2).u32(3).finish())
    .section(SECTION.global, globals.finish())
    .section(SECTION.export, exports.finish())
    .section(SECTION.code, code.finish())
    .finish();
}
