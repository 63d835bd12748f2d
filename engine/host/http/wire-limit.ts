/**
 * What a server may send in answer to one request, framing included. The limits on heads and bodies count what a plugin gets;
 * interim answers, extensions of chunks, padding and reason phrases are none of it, and could go on for ever.
 */
import type { Socket } from 'node:net';
import { HttpRefusal } from './refusal.ts';

/** Of heads, trailers and interim answers. */
const HEAD_BYTES = 256 * 1024;
/** Of a body in small chunks. */
const FRAMING = 2;

/** @param bodyBytes the limit `httpResponseBytes` */
export const wireBytesOf = (bodyBytes: number): number => bodyBytes * FRAMING + HEAD_BYTES;

/**
 * Cuts a connection that has brought more than `most` bytes since something was written to it last.
 * It counts where bytes are taken out of the socket, so that none reach the parser uncounted.
 */
export function limitWire(socket: Socket, most: number): void {
  const read = socket.read.bind(socket);
  let written = socket.bytesWritten;
  let taken = 0;
  socket.read = (size?: number) => {
    const bytes = read(size) as Buffer | null;
    if (bytes === null) return null;
    if (socket.bytesWritten !== written) {
      written = socket.bytesWritten;
      taken = 0;
    }
    taken += bytes.length;
    if (taken <= most) return bytes;
    socket.destroy(
      new HttpRefusal(
        'LIMIT_EXCEEDED',
        `More than ${most} bytes came for one answer, framing included (limit \`httpResponseBytes\`)`,
      ),
    );
    return null;
  };
}
