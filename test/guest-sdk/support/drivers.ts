/** Two hosts for the same plugin: the small one of the tests, and the engine. What holds for the SDK holds under both. */
import { createEngine, isRingfenceError, type LimitsInput } from '../../../engine/index.ts';
import { builtPlugin } from '../../support/built-plugin.ts';
import { GuestError, MiniHost } from '../../support/mini-host.ts';

export interface DriverOptions {
  readonly config?: unknown;
  readonly limits?: LimitsInput;
}

/** A plugin under some host. */
export interface Driver extends AsyncDisposable {
  call(name: string, input?: unknown): Promise<unknown>;
  callBytes(name: string, input: Uint8Array): Promise<Uint8Array>;
  /** Lines that the plugin logged, level first: "2 hello". */
  readonly logs: readonly string[];
  /** Bytes of linear memory after the last call. */
  memoryBytes(): number;
}

/** What a plugin itself reported, whichever host carried it. */
export interface Reported {
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
}

/** The wasm of a plugin that the tests own, built once. */
export function fixture(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return builtPlugin(new URL(`../fixtures/${name}`, import.meta.url).pathname);
}

/** The wasm of one of the plugins of the repository, built once. */
export function examplePlugin(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return builtPlugin(new URL(`../../../plugins/${name}`, import.meta.url).pathname);
}

export type StartDriver = (wasm: Uint8Array<ArrayBuffer>, options?: DriverOptions) => Promise<Driver>;

/** Every host: name and start. */
export const DRIVERS: readonly (readonly [name: string, start: StartDriver])[] = [
  ['the mini host', startMiniHost],
  ['the engine', startEngine],
];

async function startMiniHost(wasm: Uint8Array<ArrayBuffer>, { config }: DriverOptions = {}): Promise<Driver> {
  const host = new MiniHost(wasm, { config });
  return {
    call: async (name, input) => host.call(name, input),
    callBytes: async (name, input) => host.callBytes(name, input),
    get logs() {
      return host.logs.map(({ level, text }) => `${level} ${text}`);
    },
    memoryBytes: () => host.memory.buffer.byteLength,
    [Symbol.asyncDispose]: async () => {},
  };
}

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error'];

async function startEngine(wasm: Uint8Array<ArrayBuffer>, { config, limits }: DriverOptions = {}): Promise<Driver> {
  const logs: string[] = [];
  const engine = await createEngine({
    logger: {
      enabled: (level) => LEVELS.indexOf(level) >= LEVELS.indexOf('info'),
      log: ({ level, message, fields }) => {
        const beside = fields === undefined ? '' : ` ${JSON.stringify(fields)}`;
        logs.push(`${LEVELS.indexOf(level)} ${message}${beside}`);
      },
    },
  });
  const plugin = await engine.load(wasm, { config: config ?? {}, limits });
  return {
    call: (name, input) => plugin.call(name, input),
    callBytes: (name, input) => plugin.callBytes(name, input),
    logs,
    memoryBytes: () => plugin.usage().memory.used,
    [Symbol.asyncDispose]: () => engine.close(),
  };
}

/** The failure that the plugin reported; throws whatever else went wrong, and if nothing did. */
export async function failureOf(call: Promise<unknown>): Promise<Reported> {
  try {
    await call;
  } catch (error) {
    if (error instanceof GuestError) return { code: error.code, message: error.message, details: error.details };
    if (isRingfenceError(error, 'GUEST_ERROR')) {
      const { code, message, details } = error.details as unknown as Reported;
      return { code, message, details };
    }
    throw error;
  }
  throw new Error('expected the call to fail');
}
