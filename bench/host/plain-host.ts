/** The baseline: what a program writes by hand to give a guest on plain V8 the same. No limits, no checks, no fuel. */

export type PlainLoop = 'noop' | 'log' | 'parse' | 'set' | 'get';
export type PlainExports = { readonly [name in PlainLoop]: (n: number) => void };

export class PlainHost {
  readonly exports: PlainExports;
  readonly #view: Uint8Array;
  readonly #utf8 = new TextDecoder();
  readonly #log: (entry: object) => void;
  readonly #entries = new Map<string, Uint8Array>();
  readonly #documents = new Map<number, unknown>();
  #lastDocument = 0;
  /** What `get` found last. */
  found: Uint8Array | undefined;

  constructor(module: WebAssembly.Module, log: (entry: object) => void) {
    this.#log = log;
    const env = {
      noop: () => {},
      log: (level: number, at: number, size: number) =>
        this.#log({ level, message: this.#text(at, size), plugin: 'plain', time: Date.now() }),
      json_parse: (at: number, size: number) => {
        this.#documents.set(++this.#lastDocument, JSON.parse(this.#text(at, size)));
        return this.#lastDocument;
      },
      json_free: (handle: number) => void this.#documents.delete(handle),
      kv_set: (keyAt: number, keySize: number, at: number, size: number) => {
        this.#entries.set(this.#text(keyAt, keySize), this.#view.slice(at, at + size));
        return 1;
      },
      kv_get: (keyAt: number, keySize: number) => {
        this.found = this.#entries.get(this.#text(keyAt, keySize));
        return this.found === undefined ? 0 : 1;
      },
    };
    const { exports } = new WebAssembly.Instance(module, { env } as unknown as WebAssembly.Imports);
    this.exports = exports as unknown as PlainExports;
    this.#view = new Uint8Array((exports.memory as WebAssembly.Memory).buffer);
  }

  #text(at: number, size: number): string {
    return this.#utf8.decode(this.#view.subarray(at, at + size));
  }
}
