/** A worker that starts whatever it is told to, and then does not come back from its first call. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { CONTROL, Lane } from '../../../engine/executors/remote/lane.ts';
import type { ToWorker } from '../../../engine/executors/remote/worker-messages.ts';

const port = parentPort as MessagePort;
const lanes = new Map<number, Lane>();
port.on('message', (message: ToWorker) => {
  if (typeof message === 'number') getStuck(message);
  else if (message.op === 'lane') lanes.set(message.slot, new Lane(message.buffer));
  else if (message.op === 'start') port.postMessage(message.slot);
  else if (message.op === 'call') getStuck(message.slot);
});
port.postMessage({ op: 'ready' });

function getStuck(slot: number): void {
  Atomics.store((lanes.get(slot) as Lane).control, CONTROL.begun, 1);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
