/** The plugin as a child, called with JSON messages. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { FormHost, LoadedSource } from '../form.ts';
import { fromMessage } from '../source/failure.ts';
import type { FromPlugin, ToPlugin } from './rpc-protocol.ts';

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** @param folder of the sources as JavaScript */
export function rpcProcessHost(folder: string): FormHost {
  const entry = join(folder, 'hosts/rpc-entry.js');
  return { form: 'rpc-process', load: (catalogue) => load(entry, catalogue), close: async () => {} };
}

async function load(entry: string, catalogue: string): Promise<LoadedSource> {
  const child = fork(entry, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const ended = once(child, 'exit');
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  const send = (message: ToPlugin): void => void child.send(message);
  const ready = Promise.withResolvers<void>();
  child.on('error', ready.reject);
  child.on('message', (message: FromPlugin) => {
    if (message.op === 'ready') {
      ready.resolve();
      return;
    }
    const waits = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.op === 'answer') waits?.resolve(message.value);
    else waits?.reject(fromMessage(message.failure));
  });
  child.on('exit', (code, signal) => {
    const error = new Error(`the plugin ended with ${signal ?? code}`);
    ready.reject(error);
    for (const { reject } of waiting.values()) reject(error);
  });
  send({ op: 'init', catalogue });
  await ready.promise;
  return {
    call(name, input) {
      const id = ++lastId;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        send({ op: 'call', id, name, input });
      });
    },
    async close() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
