/** A state that the instances of a plugin are given with `plugin_restore_state`: those that there are, and each that is started. */
import { isRingfenceError, RingfenceError, withContext } from '../errors.ts';
import type { ExecutorInstance } from '../executors/executor.ts';
import { type CallOptions, type CallSettings, fillCallOptions } from '../options.ts';
import type { InstancePool } from '../pool/instance-pool.ts';
import { MACHINE_RATES } from '../runtime/fuel-rate.ts';
import type { PluginErrors } from './plugin-errors.ts';

export class CarriedState {
  /** What instances that are started are given. Written here alone. */
  bytes: Uint8Array | undefined;
  readonly #settings: CallSettings;
  readonly #errors: PluginErrors;

  /** @param settings of calls without options */
  constructor(settings: CallSettings, errors: PluginErrors) {
    this.#settings = settings;
    this.#errors = errors;
  }

  /**
   * Gives a state to the instances that are idle, and keeps it for those that are started.
   * @throws LIMIT_EXCEEDED (limit `stateBytes`), INVALID_OPTION; whatever a call may throw: then it is not kept
   */
  async restore(state: Uint8Array, pool: InstancePool, options: CallOptions): Promise<void> {
    const { stateBytes } = this.#settings.limits;
    if (state.length > stateBytes) throw this.#errors.describe(overState(stateBytes, state.length), 'call', {});
    const own = new Uint8Array(state);
    const settings = this.#inputSettings(fillCallOptions(options, this.#settings, MACHINE_RATES));
    const restored = await Promise.allSettled(
      pool.takeIdle().map(async (instance) => {
        try {
          await instance.call('restore_state', own, 'bytes', settings, performance.now());
        } finally {
          pool.give(instance);
        }
      }),
    );
    const failed = restored.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw this.#errors.describe(failed.reason, 'call', { function: 'restore_state' });
    this.bytes = own;
  }

  /** Gives a state to an instance that has just been started. @throws whatever a call may throw */
  async giveTo(instance: ExecutorInstance, state: Uint8Array, signal: AbortSignal): Promise<void> {
    const settings = { ...this.#inputSettings(this.#settings), signal };
    await instance.call('restore_state', state, 'bytes', settings, performance.now());
  }

  /** As {@link giveTo}, at once. */
  giveToSync(instance: ExecutorInstance, state: Uint8Array): void {
    instance.callSync('restore_state', state, 'bytes', this.#inputSettings(this.#settings), performance.now());
  }

  /** What is an input to the instance may be as large as a state. */
  #inputSettings(settings: CallSettings): CallSettings {
    return { ...settings, limits: { ...settings.limits, inputBytes: this.#settings.limits.stateBytes } };
  }
}

/** What is an output to the instance is a state to those who asked for it. @returns undefined for errors of another kind */
export function stateTooLarge(error: unknown, allowed: number): RingfenceError | undefined {
  if (!isRingfenceError(error, 'LIMIT_EXCEEDED') || error.details.limit !== 'outputBytes') return undefined;
  return withContext(overState(allowed, error.details.used as number), {
    stage: error.stage,
    plugin: error.plugin,
    details: { ...error.details, limit: 'stateBytes' },
  });
}

const overState = (allowed: number, used: number): RingfenceError =>
  new RingfenceError(
    'LIMIT_EXCEEDED',
    `The state of the plugin has ${used} bytes: at most ${allowed} are allowed (limit \`stateBytes\`)`,
    { details: { limit: 'stateBytes', used, allowed } },
  );
