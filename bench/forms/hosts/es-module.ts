/** The plugin in the process of the host. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FormHost } from '../form.ts';
import type { createMusicSource, MusicSourceConfig } from '../source/music-source.ts';

interface SourceModule {
  readonly createMusicSource: typeof createMusicSource;
}

let loaded = 0;

/** @param folder of the sources as JavaScript */
export function esModuleHost(folder: string): FormHost {
  const { href } = pathToFileURL(join(folder, 'source/music-source.js'));
  return {
    form: 'es-module',
    async load(catalogue) {
      const { createMusicSource: create } = (await import(`${href}?load=${++loaded}`)) as SourceModule;
      const source = create({ catalogue } satisfies MusicSourceConfig);
      return {
        call: async (name, input) => source[name]?.(input as never),
        async close() {},
      };
    },
    async close() {},
  };
}
