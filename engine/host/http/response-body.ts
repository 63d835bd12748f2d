/** The body of an answer: decoded, counted, without secrets, in pieces of the size that the reader has room for. */
import type { Readable } from 'node:stream';
import type { BodyRedactor } from './body-redactor.ts';
import { decoded } from './decode.ts';
import { overLimit } from './refusal.ts';

const NOTHING = new Uint8Array(0);

export interface ResponseBodyOptions {
  /** The header `content-encoding`; undefined where there is no body to decode. */
  readonly encoding: string | undefined;
  /** The limit `httpResponseBytes`. */
  readonly limit: number;
  readonly redactor: BodyRedactor | undefined;
}

export class ResponseBody {
  readonly #pieces: AsyncIterator<Uint8Array>;
  readonly #limit: number;
  readonly #redactor: BodyRedactor | undefined;
  /** Came, and did not fit into the reader's buffer yet. */
  #rest: Uint8Array = NOTHING;
  #isOver = false;
  /** Decoded bytes so far. */
  bytes = 0;

  /** @throws HttpRefusal for an encoding that nobody asked for */
  constructor(body: Readable, { encoding, limit, redactor }: ResponseBodyOptions) {
    this.#pieces = decoded(body, encoding, limit)[Symbol.asyncIterator]();
    this.#limit = limit;
    this.#redactor = redactor;
  }

  /** Everything has been read. */
  get isOver(): boolean {
    return this.#isOver && this.#rest.length === 0;
  }

  /**
   * The next bytes, at most `size`; none at the end.
   * @throws HttpRefusal over the limit; whatever the connection or the decoder throw
   */
  async read(size: number): Promise<Uint8Array> {
    while (this.#rest.length === 0 && !this.#isOver) this.#rest = await this.#next();
    const taken = this.#rest.subarray(0, size);
    this.#rest = this.#rest.subarray(taken.length);
    return taken;
  }

  async #next(): Promise<Uint8Array> {
    const piece = await this.#pieces.next();
    if (piece.done === true) {
      this.#isOver = true;
      return this.#redactor?.flush() ?? NOTHING;
    }
    this.bytes += piece.value.length;
    if (this.bytes > this.#limit) throw overLimit('The body of the response', 'httpResponseBytes', this.#limit);
    return this.#redactor?.push(piece.value) ?? piece.value;
  }
}
