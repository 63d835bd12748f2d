/** Managers for tests: of plugins that count, on a clock of the test's own or on the real one. */
import type {
  ManagerConfiguration,
  ManagerEvents,
  ManagerOptions,
  PluginConfiguration,
} from '../../../engine/index.ts';
import { type Manager, makeManager } from '../../../engine/manager/manager.ts';
import { MANAGER_EVENTS } from '../../../engine/manager/manager-events.ts';
import { type ManagerSeams, REAL_WORLD } from '../../../engine/manager/seams.ts';
import { type CountingPlugin, countingPlugin } from '../../support/counting-plugin.ts';
import { compilePlugin } from '../../support/wat.ts';
import { FaultInjector } from './fault-injector.ts';
import { TestClock } from './test-clock.ts';

export type Told = {
  [Name in keyof ManagerEvents]: { readonly name: Name } & ManagerEvents[Name];
}[keyof ManagerEvents];

export interface TestManager extends AsyncDisposable {
  readonly manager: Manager;
  readonly clock: TestClock;
  readonly faults: FaultInjector;
  /** All events, in order. */
  readonly told: Told[];
  /** `counter: starting -> running` and the like. */
  readonly states: (plugin?: string) => string[];
}

export const counter = (options: CountingPlugin = {}): Uint8Array<ArrayBuffer> =>
  compilePlugin(countingPlugin(options));

/** A configuration of one plugin. */
export const one = (plugin: Partial<PluginConfiguration> = {}): ManagerConfiguration => ({
  plugins: [{ id: 'counter', source: counter(), ...plugin }],
});

/**
 * Plugins run on the caller's thread: no time of the machine passes that the test's clock does not know of.
 * @param world 'real' for the clock of the machine
 */
export async function manage(
  configuration: ManagerConfiguration,
  options: Partial<ManagerOptions> & { readonly world?: 'real' | 'test'; readonly random?: () => number } = {},
): Promise<TestManager> {
  const { world = 'test', random = () => 0.5, ...rest } = options;
  const clock = new TestClock();
  const faults = new FaultInjector();
  const seams: ManagerSeams = { clock: world === 'test' ? clock : REAL_WORLD.clock, random, faults };
  const engine = { executor: 'inline', ...configuration.engine } as const;
  const manager = await makeManager({ configuration: { ...configuration, engine }, ...rest }, seams);
  const told: Told[] = [];
  for (const name of MANAGER_EVENTS) manager.on(name, (event) => told.push({ name, ...event } as Told));
  const states = (plugin?: string): string[] =>
    told.flatMap((event) =>
      event.name === 'state' && (plugin ?? event.plugin) === event.plugin
        ? [`${plugin === undefined ? `${event.plugin}: ` : ''}${event.from} -> ${event.to}`]
        : [],
    );
  return { manager, clock, faults, told, states, [Symbol.asyncDispose]: () => manager.close({ deadlineMs: 0 }) };
}

const NOTHING = new Uint8Array(0);
/** `"<version> <count>"`. */
export const add = async (manager: Manager, id = 'counter'): Promise<string> => {
  const text = new TextDecoder().decode(await plugin(manager, id).callBytes('add', NOTHING));
  return text.replace(/ 0+(?=\d)/, ' ');
};
export const trap = (manager: Manager, id = 'counter'): Promise<unknown> =>
  plugin(manager, id)
    .callBytes('trap', NOTHING)
    .catch((error: unknown) => error);

function plugin(manager: Manager, id: string): NonNullable<ReturnType<Manager['get']>> {
  const found = manager.get(id);
  if (found === undefined) throw new Error(`no plugin ${id}`);
  return found;
}
