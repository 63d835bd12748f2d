/** A bare child that sends back what it gets over its pipe: the baseline of the executor `process`. */
import { Socket } from 'node:net';

const pipe = new Socket({ fd: 3, readable: true, writable: true });
pipe.on('data', (bytes: Buffer) => pipe.write(bytes));
pipe.on('close', () => process.exit(0));
