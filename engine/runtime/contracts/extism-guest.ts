/** An Extism plugin: its exports take nothing and return a status; input and output lie in blocks beside its memory. */

import { EXTISM_MODULE } from '../../abi/extism.ts';
import { guestError } from '../../abi/guest-error.ts';
import type { HostContext } from '../../host/context.ts';
import { outside } from '../../host/extism/blocks.ts';
import type { ExtismState } from '../../host/extism/state.ts';
import { TRAP } from '../../host/trap.ts';
import type { GuestCalls, Input, OutputKind, OutputSink } from '../guest-calls.ts';
import type { GuestFunction } from '../guest-function.ts';
import type { Instantiable, RunnablePlugin } from '../runnable.ts';
import type { StackShape } from '../standing-stack.ts';
import { type Kernel, makeKernel } from './extism-kernel.ts';
import { ForeignFunctions } from './foreign-function.ts';
import type { ForeignAnswer, SingleCallGuest } from './foreign-guest.ts';
import { inputBytesOf, noOutput, takeOutput } from './output.ts';

/** What runtimes of languages want to be called before anything else: the first that is there. */
const INITIALISERS = ['_initialize', '__wasm_call_ctors'];

export class ExtismGuest implements SingleCallGuest {
  readonly imports: WebAssembly.Imports;
  readonly #host: HostContext;
  readonly #state: ExtismState;
  readonly #kernel: Kernel;
  readonly #shapes: ReadonlyMap<string, StackShape> | undefined;
  #functions!: ForeignFunctions;

  constructor(plugin: RunnablePlugin<Instantiable>, host: HostContext) {
    this.#host = host;
    this.#state = host.extism;
    // One plugin has one set of variables, whichever of its instances runs.
    plugin.shared.variables ??= this.#state.variables;
    this.#state.variables = plugin.shared.variables;
    this.#kernel = makeKernel(this.#state.blocks.memory, (address) => this.#fault(address));
    this.#shapes = plugin.isSelfContained ? shapesOf(plugin.prepared) : undefined;
    this.imports = { [EXTISM_MODULE]: { ...this.#kernel.functions } };
  }

  get byteLength(): number {
    return this.#state.blocks.byteLength;
  }

  attach(exports: WebAssembly.Exports): void {
    this.#functions = new ForeignFunctions(exports, this.#shapes);
  }

  *start(): GuestCalls {
    const initialiser = INITIALISERS.find((name) => this.#functions.has(name));
    if (initialiser !== undefined) yield this.#functions.call(initialiser);
  }

  begin(name: string, input: Input): GuestFunction | Error {
    const bytes = inputBytesOf(this.#host, input);
    if (bytes instanceof Error) return bytes;
    const { blocks } = this.#state;
    blocks.clear();
    this.#kernel.setInput(blocks.give(bytes), bytes.length);
    return this.#functions.get(name);
  }

  end(name: string, status: number | bigint | undefined, as: OutputKind | OutputSink): ForeignAnswer {
    if (status !== undefined && status !== 0) return guestError(this.#host.guestError, `\`${name}\``, Number(status));
    const { blocks } = this.#state;
    const { outputAt, outputLength } = blocks;
    if (outputLength === 0) return noOutput(as);
    return takeOutput(this.#host, blocks.stretch(outputAt, outputLength, 'output'), as, `output of \`${name}\``);
  }

  reset(): void {
    this.#state.blocks.wipe();
    this.#state.variables.clear();
  }

  /** Thrown through the guest, which cannot catch it. */
  #fault(address: bigint): never {
    this.#host.account.end(outside('an address inside of blocks', address));
    throw TRAP;
  }
}

/** Of functions that take nothing, and answer with a status or with nothing. */
const SIGNATURE = /^\(\) -> (i32|\(\))(?: = |$)/;

function shapesOf({ functions, signatures = [] }: Instantiable): ReadonlyMap<string, StackShape> {
  const shapes = new Map<string, StackShape>();
  for (const [i, name] of functions.entries()) {
    const result = SIGNATURE.exec(signatures[i] ?? '')?.[1];
    if (result !== undefined) shapes.set(name, { params: 0, result: result === 'i32' ? 'i32' : undefined });
  }
  return shapes;
}
