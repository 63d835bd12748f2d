/** What a configuration document looks like once it has passed its schema: every value still as it was written. */
import type { EngineOptions, SecretInput } from '../../options.ts';
import type { PluginConfiguration, ReloadInput, SupervisionInput } from './configuration.ts';

export interface FileConfiguration {
  readonly env?: readonly string[];
  readonly engine?: EngineOptions;
  readonly supervision?: SupervisionInput;
  readonly reload?: ReloadInput;
  readonly directories?: readonly string[];
  readonly packages?: boolean | readonly string[];
  readonly plugins?: Readonly<Record<string, FilePlugin | null>>;
}

/** An entry of `plugins`: what {@link PluginConfiguration} has, with a path instead of a source, and the id in front of it. */
export type FilePlugin = Omit<PluginConfiguration, 'id' | 'source' | 'manifest' | 'secrets'> & {
  readonly path?: string;
  readonly secrets?: Readonly<Record<string, Exclude<SecretInput, string>>>;
};
