/** Makes plugins of a manager fail where a test says, as often as it says. */
import { RingfenceError } from '../../../engine/errors.ts';
import type { FaultPoint, Faults } from '../../../engine/manager/seams.ts';

type Failure = 'trap' | 'hang' | Promise<void> | (() => Promise<void> | void);

interface Planned {
  readonly point: FaultPoint;
  readonly version: string | undefined;
  readonly failure: Failure;
  left: number;
}

const hang = new Promise<never>(() => {});

export class FaultInjector implements Faults {
  /** Faults that have struck: `counter start 1.0.0`. */
  readonly struck: string[] = [];
  readonly #planned = new Map<string, Planned[]>();
  /** Replaces what is read of a plugin. */
  readonly files = new Map<string, (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>>();
  /** Replaces the state that a plugin saves. */
  readonly states = new Map<string, (state: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>>();

  /**
   * @param version of the plugin; without it any
   * @param times how often @default for ever
   */
  plan(
    plugin: string,
    point: FaultPoint,
    failure: Failure,
    { version, times = Number.POSITIVE_INFINITY }: { version?: string; times?: number } = {},
  ): void {
    const planned = this.#planned.get(plugin) ?? [];
    planned.push({ point, failure, version, left: times });
    this.#planned.set(plugin, planned);
  }

  clear(): void {
    this.#planned.clear();
    this.files.clear();
    this.states.clear();
  }

  read = (plugin: string, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> =>
    this.files.get(plugin)?.(bytes) ?? bytes;

  state = (plugin: string, state: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> =>
    this.states.get(plugin)?.(state) ?? state;

  before = (point: FaultPoint, plugin: string, version: string): Promise<void> | void => {
    const fault = this.#planned
      .get(plugin)
      ?.find((planned) => planned.point === point && planned.left > 0 && (planned.version ?? version) === version);
    if (fault === undefined) return;
    fault.left--;
    this.struck.push(`${plugin} ${point} ${version}`);
    const { failure } = fault;
    if (failure === 'hang') return hang;
    if (failure === 'trap')
      throw new RingfenceError('TRAP', `The plugin trapped: injected before ${point}`, { plugin });
    return typeof failure === 'function' ? failure() : failure;
  };
}
