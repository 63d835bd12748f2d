/** Bodies that a server has compressed. The host asks for that and undoes it, so that limits count what the plugin gets. */
import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { HttpRefusal, overLimit } from './refusal.ts';

/** What requests ask for. */
export const ACCEPTED_ENCODINGS = 'gzip, deflate, br';
/** Compressing what cannot be compressed makes it a little longer. */
const OVERHEAD_BYTES = 64 * 1024;
const ZLIB_METHOD = 8;

/**
 * @param encoding the header `content-encoding`
 * @param limit of the decoded body, `httpResponseBytes`: more than about as much is not read from the connection either, because
 *   compressed bytes may decode to nothing at all, for ever
 * @throws HttpRefusal for an encoding that nobody asked for
 */
export function decoded(body: Readable, encoding: string | undefined, limit: number): AsyncIterable<Uint8Array> {
  const name = (encoding ?? 'identity').trim().toLowerCase();
  if (name === 'identity' || name === '') return body;
  const source = counted(body, limit);
  if (name === 'deflate') return inflated(source);
  const decoder = name === 'br' ? createBrotliDecompress() : /^(?:x-)?gzip$/.test(name) ? createGunzip() : undefined;
  if (decoder === undefined)
    throw new HttpRefusal(
      'BAD_RESPONSE',
      `The body has the encoding ${JSON.stringify(name.slice(0, 40))}: asked for were ${ACCEPTED_ENCODINGS}`,
    );
  return through(source, decoder);
}

async function* counted(body: Readable, limit: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const piece of body as AsyncIterable<Uint8Array>) {
    bytes += piece.length;
    if (bytes > limit + OVERHEAD_BYTES)
      throw overLimit('The compressed body of the response', 'httpResponseBytes', limit);
    yield piece;
  }
}

/** Some servers mean the bare format, without the two bytes in front. */
async function* inflated(source: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const first = await source.next();
  if (first.done === true) return;
  const isWrapped = ((first.value[0] as number) & 15) === ZLIB_METHOD;
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield first.value as Uint8Array;
    yield* source;
  }
  yield* through(whole(), isWrapped ? createInflate() : createInflateRaw());
}

type Decoder = ReturnType<typeof createGunzip> | ReturnType<typeof createBrotliDecompress>;

/** Errors of either reach whoever reads the decoder. */
function through(source: AsyncGenerator<Uint8Array>, decoder: Decoder): AsyncIterable<Uint8Array> {
  pipeline(source, decoder, () => {});
  decoder.on('error', () => {});
  return decoder;
}
