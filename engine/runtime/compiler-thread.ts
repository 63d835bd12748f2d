/** The compiler thread: checks and meters modules for an engine, away from its event loop. Knows nothing of plugins. */
import { parentPort, type Transferable, workerData } from 'node:worker_threads';
import { withContext } from '../errors.ts';
import { processTypes } from '../validate/type-budget.ts';
import type { CompilerMessage, CompilerRequest, CompilerThreadData } from './compiler-protocol.ts';
import { ModuleWork } from './module-work.ts';

if (parentPort === null) throw new Error('this file is the start of a worker thread');
const port = parentPort;

processTypes.prefix = (workerData as CompilerThreadData).typePrefix;
processTypes.onCounted = (types) => send({ kind: 'types', types });

let work = new ModuleWork();

port.on('message', (request: CompilerRequest) => {
  try {
    handle(request);
  } catch (error) {
    send({ kind: 'failed', error: withContext(error, {}).toJSON() });
  }
});

function handle(request: CompilerRequest): void {
  switch (request.kind) {
    case 'check': {
      processTypes.learn(request.types);
      work = new ModuleWork();
      const data = work.check(request.bytes);
      const parts = [data.nameBytes, ...data.surface.manifests.map((manifest) => manifest.data)];
      const buffers = parts.map(({ buffer }) => buffer);
      send({ kind: 'checked', data }, buffers);
      break;
    }
    case 'meter': {
      const metered = work.meter(request.form);
      send({ kind: 'metered', metered }, [
        metered.bytes.buffer,
        metered.offsets.buffer,
        ...(metered.code === undefined ? [] : [metered.code.buffer]),
      ]);
      break;
    }
    case 'drop':
      work = new ModuleWork();
      break;
    default:
      request satisfies never;
  }
}

function send(message: CompilerMessage, transfer: Transferable[] = []): void {
  port.postMessage(message, transfer);
}
