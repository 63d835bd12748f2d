/** One line from a socket. */
import type { Socket } from 'node:net';
import { RingfenceError } from '../../errors.ts';

/** @throws LIMIT_EXCEEDED for one that is too long; CLOSED where none comes */
export function readLine(socket: Socket, mostBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let size = 0;
    const fail = (code: 'LIMIT_EXCEEDED' | 'CLOSED', message: string): void => {
      reject(new RingfenceError(code, message, { details: { mostBytes } }));
      socket.destroy();
    };
    socket.on('data', (piece: Buffer) => {
      const end = piece.indexOf(0x0a);
      size += end === -1 ? piece.length : end;
      if (size > mostBytes) {
        fail('LIMIT_EXCEEDED', `A line over a control socket has at most ${mostBytes} bytes`);
        return;
      }
      pieces.push(end === -1 ? piece : piece.subarray(0, end));
      if (end !== -1) resolve(Buffer.concat(pieces).toString('utf8'));
    });
    socket.on('close', () => fail('CLOSED', 'The other side has closed the control socket'));
    socket.on('error', () => fail('CLOSED', 'The control socket has broken'));
  });
}
