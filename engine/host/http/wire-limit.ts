/**
 * What a server may send in answer to one request, framing included. The limits on heads and bodies count what a plugin gets;
 * interim answers, extensions of chunks, padding and reason phrases are none of it, and could go on for ever.
 */
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { HttpRefusal } from './refusal.ts';

/** Of heads, trailers and interim answers. */
const HEAD_BYTES = 256 * 1024;
/** Of a body in small chunks. */
const FRAMING = 2;

/** @param bodyBytes the limit `httpResponseBytes` */
export const wireBytesOf = (bodyBytes: number): number => bodyBytes * FRAMING + HEAD_BYTES;

/** Bytes that each connection has brought since the head of its last request. */
const taken = new WeakMap<object, number>();

// Before the head of a request is written. Any later write is of a body, which a plugin may write for as long as it likes.
subscribe('undici:client:sendHeaders', (message) => {
  const { socket } = message as { readonly socket: object };
  if (taken.has(socket)) taken.set(socket, 0);
});

/**
 * Cuts a connection that has brought more than `most` bytes since the head of its last request.
 * It counts where bytes are taken out of the socket, so that none reach the parser uncounted.
 */
export function limitWire(socket: Socket, most: number): void {
  const read = socket.read.bind(socket);
  taken.set(socket, 0);
  socket.read = (size?: number) => {
    const bytes = read(size) as Buffer | null;
    if (bytes === null) return null;
    const sum = (taken.get(socket) ?? 0) + bytes.length;
    taken.set(socket, sum);
    if (sum <= most) return bytes;
    socket.destroy(
      new HttpRefusal(
        'LIMIT_EXCEEDED',
        `More than ${most} bytes came for one answer, framing included (limit \`httpResponseBytes\`)`,
      ),
    );
    return null;
  };
}
