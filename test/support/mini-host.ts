/**
 * The guest ABI in one small file, without fuel, limits or checks: an independent reading of the contract that the SDK is
 * tested against. Where this host and the engine disagree about a plugin, one of them is wrong.
 */

export interface MiniHostOptions {
  readonly config?: unknown;
  /** Messages below this level are neither asked for nor kept. @default 2 (info) */
  readonly logLevel?: number;
  /** Answers requests; the test's own. */
  readonly http?: (head: MiniHead, body: Uint8Array) => HttpAnswer;
  /** How many pieces of a streamed body the server takes. @default all */
  readonly takes?: number;
}
export interface HttpAnswer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
  /** Instead of an answer. */
  readonly error?: { readonly code: string; readonly message: string };
  /** The body breaks off after this many bytes. */
  readonly breakAfter?: number;
}

/** What a plugin function reported through `error_set`. */
export class GuestError extends Error {
  readonly code: string;
  readonly details: unknown;
  constructor({ code, message, details }: { code: string; message: string; details?: unknown }) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

interface MiniResponse {
  readonly answer: HttpAnswer;
  readonly body: Uint8Array;
  at: number;
  closed: boolean;
}
interface MiniHead {
  readonly method: string;
  readonly url: string;
  readonly headers?: Record<string, string>;
}
interface MiniUpload {
  readonly head: MiniHead;
  readonly pieces: Uint8Array[];
}
/** The handle of the one request that may be open. */
const OPEN = 1_000;

type Exports = Record<string, (...args: number[]) => bigint | number>;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

export class MiniHost {
  readonly logs: { readonly level: number; readonly text: string }[] = [];
  readonly memory: WebAssembly.Memory;
  readonly exports: Exports;
  readonly #options: MiniHostOptions;
  readonly #responses: MiniResponse[] = [];
  /** Responses to requests that were open, by the handle of the request. */
  readonly #aliases = new Map<number, number>();
  #upload: MiniUpload | undefined;
  #error: ConstructorParameters<typeof GuestError>[0] | undefined;
  #httpError: unknown;

  constructor(wasm: Uint8Array<ArrayBuffer>, options: MiniHostOptions = {}) {
    this.#options = options;
    const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm), { env: this.#imports() });
    this.exports = instance.exports as unknown as Exports;
    this.memory = instance.exports.memory as WebAssembly.Memory;
    this.#status(this.exports.plugin_init!(...this.#put(encoder.encode(JSON.stringify(options.config ?? {})))));
    this.#status(this.exports.plugin_start!());
  }

  get info(): unknown {
    return JSON.parse(decoder.decode(this.#take(this.exports.plugin_get_info!() as bigint)));
  }

  /** How many responses the plugin has not closed. */
  get openResponses(): number {
    return this.#responses.filter(({ closed }) => !closed).length;
  }

  call(name: string, input?: unknown): unknown {
    const bytes = this.callBytes(name, input === undefined ? new Uint8Array() : encoder.encode(JSON.stringify(input)));
    return bytes.length === 0 ? undefined : JSON.parse(decoder.decode(bytes));
  }

  callBytes(name: string, input: Uint8Array): Uint8Array {
    const [ptr, len] = this.#put(input);
    const packed = this.exports[`plugin_${name}`]!(ptr, len) as bigint;
    this.exports.free!(ptr);
    return this.#take(packed);
  }

  /** A lifecycle function: throws what it reports. */
  run(name: string, input?: unknown): void {
    const args = input === undefined ? [] : this.#put(encoder.encode(JSON.stringify(input)));
    this.#status(this.exports[`plugin_${name}`]!(...args));
    if (args.length > 0) this.exports.free!(args[0]!);
  }

  #status(status: bigint | number): void {
    if (status !== 0) this.#fail();
  }

  #fail(): never {
    const error = this.#error;
    this.#error = undefined;
    throw error === undefined ? new Error('the guest failed without error_set') : new GuestError(error);
  }

  #put(bytes: Uint8Array): [number, number] {
    const ptr = (this.exports.malloc!(bytes.length) as number) >>> 0;
    new Uint8Array(this.memory.buffer).set(bytes, ptr);
    return [ptr, bytes.length];
  }

  #take(packed: bigint): Uint8Array {
    if (packed === -1n) this.#fail();
    const ptr = Number((packed >> 32n) & 0xffffffffn);
    const bytes = this.#bytes(ptr, Number(packed & 0xffffffffn)).slice();
    if (packed !== 0n) this.exports.free!(ptr);
    return bytes;
  }

  #bytes(ptr: number, len: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, ptr >>> 0, len >>> 0);
  }

  #text(ptr: number, len: number): string {
    return decoder.decode(this.#bytes(ptr, len));
  }

  #give(value: unknown): bigint {
    const [ptr, len] = this.#put(encoder.encode(JSON.stringify(value)));
    return (BigInt(ptr) << 32n) | BigInt(len);
  }

  #giveText(text: string): bigint {
    const [ptr, len] = this.#put(encoder.encode(text));
    return (BigInt(ptr) << 32n) | BigInt(len);
  }

  /** An AssemblyScript string: UTF-16 with its byte length in front. */
  #guestString(ptr: number): string {
    if (ptr === 0) return '';
    const length = new DataView(this.memory.buffer).getUint32(ptr - 4, true);
    return new TextDecoder('utf-16le').decode(this.#bytes(ptr, length));
  }

  /** @returns its handle; 0 where there is an error instead */
  #answer(answer: HttpAnswer): number {
    this.#httpError = answer.error;
    if (answer.error !== undefined) return 0;
    const { body = '' } = answer;
    const bytes = typeof body === 'string' ? encoder.encode(body) : body;
    return this.#responses.push({ answer, body: bytes, at: 0, closed: false });
  }

  #response(handle: number): MiniResponse {
    return this.#responses[(this.#aliases.get(handle) ?? handle) - 1] as MiniResponse;
  }

  #imports(): Record<string, (...args: number[]) => unknown> {
    const { logLevel = 2, http } = this.#options;
    return {
      config_get: () => {
        const [ptr, len] = this.#put(encoder.encode(JSON.stringify(this.#options.config ?? {})));
        return (BigInt(ptr) << 32n) | BigInt(len);
      },
      abort: (message = 0, file = 0, line = 0, column = 0) => {
        throw new Error(`abort: ${this.#guestString(message)} at ${this.#guestString(file)}:${line}:${column}`);
      },
      log: (level = 0, ptr = 0, len = 0) => {
        this.logs.push({ level, text: this.#text(ptr, len) });
      },
      log_fields: (level = 0, ptr = 0, len = 0, fieldsPtr = 0, fieldsLen = 0) => {
        const fields = JSON.parse(this.#text(fieldsPtr, fieldsLen));
        this.logs.push({ level, text: `${this.#text(ptr, len)} ${JSON.stringify(fields)}` });
      },
      log_enabled: (level = 0) => (level >= logLevel ? 1 : 0),
      error_set: (ptr = 0, len = 0) => {
        this.#error = JSON.parse(this.#text(ptr, len));
      },
      http_request: (headPtr = 0, headLen = 0, bodyPtr = 0, bodyLen = 0) => {
        const answer = http?.(JSON.parse(this.#text(headPtr, headLen)), this.#bytes(bodyPtr, bodyLen).slice()) ?? {
          error: { code: 'PERMISSION_DENIED', message: 'this host answers no requests' },
        };
        return this.#answer(answer);
      },
      http_open: (headPtr = 0, headLen = 0) => {
        this.#upload = { head: JSON.parse(this.#text(headPtr, headLen)), pieces: [] };
        if (this.#upload.head.url !== '') return OPEN;
        this.#httpError = { code: 'INVALID_REQUEST', message: 'no URL' };
        return 0;
      },
      http_write: (_handle = 0, ptr = 0, len = 0) => {
        const pieces = this.#upload?.pieces ?? [];
        if (pieces.length === this.#options.takes) return 0;
        pieces.push(this.#bytes(ptr, len).slice());
        return len;
      },
      http_finish: () => {
        const { head, pieces } = this.#upload as MiniUpload;
        const answer = http?.(head, Buffer.concat(pieces)) ?? {};
        // The answer takes the place of the request, under its handle.
        const handle = this.#answer(answer);
        if (handle === 0) return 0;
        this.#aliases.set(OPEN, handle);
        return answer.status ?? 200;
      },
      http_url: (handle = 0) => this.#giveText(`http://answered.test/${handle}`),
      http_status: (handle = 0) => this.#response(handle).answer.status ?? 200,
      http_headers: (handle = 0) => {
        const { answer, closed } = this.#response(handle);
        return closed ? 0n : this.#give(answer.headers ?? {});
      },
      http_read: (handle = 0, ptr = 0, len = 0) => {
        const response = this.#response(handle);
        const { breakAfter = Number.POSITIVE_INFINITY } = response.answer;
        if (response.at >= breakAfter) {
          this.#httpError = { code: 'HTTP_FAILED', message: 'the connection broke' };
          return -1;
        }
        const chunk = response.body.subarray(response.at, Math.min(response.at + len, breakAfter));
        this.#bytes(ptr, len).set(chunk);
        response.at += chunk.length;
        return chunk.length;
      },
      http_close: (handle = 0) => {
        if (handle !== OPEN || this.#aliases.has(handle)) this.#response(handle).closed = true;
      },
      http_error: () => this.#give(this.#httpError ?? {}),
    };
  }
}
