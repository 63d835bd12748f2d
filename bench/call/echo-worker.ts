/** A bare worker that sends back what it gets: the baseline of the executor `worker`. */
import { parentPort } from 'node:worker_threads';

parentPort?.on('message', (bytes: Uint8Array) => parentPort?.postMessage(bytes));
