/** Starts the catalogue that all forms of the plugin ask. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface CatalogueProcess {
  readonly origin: string;
  close(): Promise<void>;
}

export async function startCatalogueProcess(): Promise<CatalogueProcess> {
  const child = fork(join(import.meta.dirname, 'catalogue-child.ts'), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [origin] = (await once(child, 'message')) as [string];
  return {
    origin,
    async close() {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}
