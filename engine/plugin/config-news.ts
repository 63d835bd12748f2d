/** Another configuration than the one that a plugin was loaded with, and which of its instances have heard of it. */
import type { ExecutorInstance } from '../executors/executor.ts';
import type { CallSettings } from '../options.ts';

export class ConfigNews {
  /** The configuration that holds now, as JSON; undefined: the one that the plugin was loaded with. */
  text: string | undefined;
  /** By instance, what it was told last. */
  readonly #told = new WeakMap<ExecutorInstance, string>();
  readonly #settings: CallSettings;
  readonly #onRefused: (instance: ExecutorInstance, error: unknown) => Promise<void>;

  /**
   * @param settings of the calls that tell it
   * @param onRefused lets go of an instance that has not taken it. Must not reject
   */
  constructor(settings: CallSettings, onRefused: (instance: ExecutorInstance, error: unknown) => Promise<void>) {
    this.#settings = settings;
    this.#onRefused = onRefused;
  }

  /** The instance was started with this configuration. */
  note(instance: ExecutorInstance, text: string): void {
    this.#told.set(instance, text);
  }

  /** Whether an instance has another configuration than it should. */
  isBehind(instance: ExecutorInstance): boolean {
    return this.text !== undefined && instance.state === 'idle' && this.#told.get(instance) !== this.text;
  }

  /** Gives an instance the configuration that the plugin has now. Nobody else holds it meanwhile. Never rejects. */
  async tell(instance: ExecutorInstance): Promise<void> {
    while (this.isBehind(instance)) {
      const configText = this.text as string;
      this.#told.set(instance, configText);
      const { limits } = this.#settings;
      const input = `{"event":"config.changed","payload":${configText}}`;
      const settings = {
        ...this.#settings,
        limits: { ...limits, inputBytes: Math.max(limits.inputBytes, input.length * 3) },
        configText,
      };
      try {
        await instance.call('on_event', input, 'bytes', settings, performance.now());
      } catch (error) {
        await this.#onRefused(instance, error);
      }
    }
  }
}
