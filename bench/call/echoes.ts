/** What a careful program writes by hand to have bytes echoed by a worker, and by a child process. One call at a time. */
import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

export interface Echo {
  readonly echo: (input: Uint8Array) => Promise<Uint8Array>;
  readonly close: () => void;
}

/** Structured clone both ways: the input stays the caller's. */
export function startWorkerEcho(): Echo {
  const worker = new Worker(join(import.meta.dirname, 'echo-worker.ts'));
  let resolve: (output: Uint8Array) => void = () => {};
  worker.on('message', (output: Uint8Array) => resolve(output));
  return {
    echo(input) {
      return new Promise((settle) => {
        resolve = settle;
        worker.postMessage(input);
      });
    },
    close: () => void worker.terminate(),
  };
}

const LENGTH_BYTES = 4;

/** Frames with a length before them. */
export function startPipeEcho(): Echo {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'echo-child.ts')], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const pipe = child.stdio[3] as Socket;
  let pieces: Buffer[] = [];
  let missing = 0;
  let resolve: (output: Uint8Array) => void = () => {};
  pipe.on('data', (piece: Buffer) => {
    pieces.push(piece);
    missing -= piece.length;
    if (missing > 0) return;
    const [first] = pieces;
    const frame = pieces.length === 1 ? (first as Buffer) : Buffer.concat(pieces);
    resolve(new Uint8Array(frame.subarray(LENGTH_BYTES)));
  });
  return {
    echo(input) {
      return new Promise((settle) => {
        resolve = settle;
        pieces = [];
        missing = LENGTH_BYTES + input.length;
        const frame = Buffer.allocUnsafe(missing);
        frame.writeUInt32LE(input.length, 0);
        frame.set(input, LENGTH_BYTES);
        pipe.write(frame);
      });
    },
    close: () => void child.kill(),
  };
}
