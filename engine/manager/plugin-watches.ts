/** Watches the files of the plugins that are to be watched, and of no others. */
import { isBytes } from '../runtime/source.ts';
import { FileWatch } from './file-watch.ts';
import type { ManagedPlugin } from './managed-plugin.ts';

export class PluginWatches {
  readonly #watches = new Map<string, FileWatch>();
  #isClosed = false;

  /** Watches it as its settings say now. Resolves when no change can be missed any more. */
  async set(plugin: ManagedPlugin): Promise<void> {
    const { id, record } = plugin;
    const { watch, source, reload } = record.settings;
    // The new one takes the place of the old before anything is waited for: two that come at once leave none behind.
    const ended = this.end(id);
    if (watch && !isBytes(source) && !this.#isClosed) {
      const onError = (error: unknown): void =>
        record.journal.log('warn', id, `While watching its file: ${(error as Error).message}`);
      const { settleMs } = reload;
      const next = new FileWatch({ source, settleMs, onError, onChange: () => plugin.lifecycle.fileChanged() });
      this.#watches.set(id, next);
      await next.ready();
    }
    await ended;
  }

  async end(id: string): Promise<void> {
    const watch = this.#watches.get(id);
    this.#watches.delete(id);
    await watch?.close();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#watches.keys()].map((id) => this.end(id)));
  }
}
