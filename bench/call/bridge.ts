/**
 * The baseline: what a careful program writes by hand to call such a guest on plain V8. One `malloc`, one copy in, the call, one
 * copy out, both pieces freed; the view of the memory is kept until the memory grows. No limits, no checks, no usage.
 */

interface GuestExports {
  readonly memory: WebAssembly.Memory;
  readonly malloc: (size: number) => number;
  readonly free: (pointer: number) => void;
  readonly plugin_echo: (pointer: number, length: number) => bigint;
}

export class Bridge {
  readonly #exports: GuestExports;
  #view: Uint8Array<ArrayBuffer>;

  constructor(module: WebAssembly.Module) {
    this.#exports = new WebAssembly.Instance(module).exports as unknown as GuestExports;
    this.#view = new Uint8Array(this.#exports.memory.buffer as ArrayBuffer);
  }

  echo(input: Uint8Array): Uint8Array<ArrayBuffer> {
    const { malloc, free, plugin_echo } = this.#exports;
    const given = input.length === 0 ? 0 : malloc(input.length) >>> 0;
    if (given !== 0) this.#bytes().set(input, given);
    const packed = plugin_echo(given, input.length);
    const pointer = Number((packed >> 32n) & 0xffff_ffffn);
    const length = Number(packed & 0xffff_ffffn);
    const output = this.#bytes().slice(pointer, pointer + length);
    if (pointer !== 0) free(pointer);
    if (given !== 0) free(given);
    return output;
  }

  async echoLater(input: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    return this.echo(input);
  }

  #bytes(): Uint8Array<ArrayBuffer> {
    if (this.#view.length === 0) this.#view = new Uint8Array(this.#exports.memory.buffer as ArrayBuffer);
    return this.#view;
  }
}
