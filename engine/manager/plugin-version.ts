/** One version of a managed plugin: the plugin, what it was made of, and the calls that run in it. */
import type { ResetMode } from '../options.ts';
import type { Plugin } from '../plugin.ts';

/** All that it takes to load a version again. */
export interface VersionOrigin {
  /** Nobody else changes these bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** SHA-256 of the bytes, in hexadecimal. */
  readonly digest: string;
  /** Text of the manifest beside the file, where there was one. */
  readonly beside: string | undefined;
  /** As its manifest says. */
  readonly version: string;
}

export class PluginVersion {
  readonly plugin: Plugin;
  readonly origin: VersionOrigin;
  #inFlight = 0;
  #onDrained: (() => void)[] = [];

  /** Its instances live from call to call: a plugin that is reset after each has no state that could go along. */
  readonly #lives: boolean;

  constructor(plugin: Plugin, origin: VersionOrigin, reset: ResetMode | undefined) {
    this.plugin = plugin;
    this.origin = origin;
    this.#lives = (reset ?? plugin.info.reset ?? 'never') === 'never';
  }

  get version(): string {
    return this.origin.version;
  }

  /** Calls that run in it, or wait for one of its instances. */
  get inFlight(): number {
    return this.#inFlight;
  }

  begin(): void {
    this.#inFlight++;
  }

  end(): void {
    this.#inFlight--;
    if (this.#inFlight > 0) return;
    const waiting = this.#onDrained;
    this.#onDrained = [];
    for (const resolve of waiting) resolve();
  }

  /** Done when no call runs in it. */
  async drained(): Promise<void> {
    while (this.#inFlight > 0) await new Promise<void>((resolve) => this.#onDrained.push(resolve));
  }

  /** Whether its state goes along to the next version. */
  get savesState(): boolean {
    return this.#lives && this.plugin.info.hooks.includes('save_state');
  }

  get restoresState(): boolean {
    return this.#lives && this.plugin.info.hooks.includes('restore_state');
  }
}
