/** A built plugin in a real engine, with fakes where it would reach the outside. */
import type { AuditEvent } from '../audit.ts';
import { Engine } from '../engine.ts';
import { RingfenceError } from '../errors.ts';
import type { GrantsInput } from '../grants.ts';
import type { CallablePlugin } from '../host/call-service.ts';
import type { PluginEvent } from '../host/event-service.ts';
import { checkNames, invalid, show } from '../option-checks.ts';
import {
  type CallOptions,
  type DeterministicInput,
  fillEngineOptions,
  type LoadOptions,
  type LogEntry,
} from '../options.ts';
import type { Invocation, Plugin } from '../plugin.ts';
import { MACHINE_RATES } from '../runtime/fuel-rate.ts';
import { canSuspend } from '../runtime/jspi.ts';
import type { PluginSource } from '../runtime/source.ts';
import type { Usage } from '../runtime/usage.ts';
import { FakeHttp, type HttpRule } from './fake-http.ts';
import { FakeKv, type KvValue } from './fake-kv.ts';

/** What another plugin answers, in place of one that is loaded. */
export type FakePlugin = Readonly<Record<string, (input: unknown) => unknown>>;

/** Options of `load`, but for what the test has its own for, and what the world around the plugin is like. */
export interface TestOptions
  extends Omit<LoadOptions, 'deterministic' | 'requireGrants' | 'signal' | 'profile'>,
    Omit<DeterministicInput, 'time'> {
  /** What the plugin may do of what it asks for. @default all of it */
  readonly grants?: GrantsInput | undefined;
  /** Answers to its HTTP requests. Nothing is ever sent. @default none: requests fail with NETWORK */
  readonly http?: readonly HttpRule[] | undefined;
  /** Its stored data by key: text, bytes, or other values as JSON. @default none */
  readonly kv?: Readonly<Record<string, KvValue>> | undefined;
  /** Other plugins that it may call: functions by name, by id of the plugin. They take and return what JSON can carry. @default none */
  readonly plugins?: Readonly<Record<string, FakePlugin>> | undefined;
  /** What the first reading of the clock in each call says: milliseconds since the epoch, a `Date`, or ISO 8601 text. @default 2024-01-01T00:00:00Z */
  readonly time?: number | string | Date | undefined;
}

/** Of a call of another plugin. */
export interface PluginCall {
  readonly plugin: string;
  readonly function: string;
  readonly input: unknown;
}

const OWN_OPTIONS = ['http', 'kv', 'plugins', 'time', 'tickMs', 'seed'] as const;
const DEFAULT_TIME = Date.UTC(2024, 0, 1);
const EVERYTHING: GrantsInput = {
  http: true,
  kv: true,
  clock: true,
  random: true,
  call: true,
  emit: true,
  custom: true,
};

/**
 * Loads a built plugin for a test. Time and random numbers are fixed, its data is in memory, the network is what the test says;
 * permissions, limits and fuel are the real ones.
 * @param source a path, a `file:` URL, or the bytes of a module
 * @throws what `engine.load` throws
 *
 * @example
 * await using greeter = await testPlugin('build/greeter.wasm', {
 *   config: { greeting: 'Hi' },
 *   http: [{ url: 'https://api.example.com/names/*', json: { name: 'Ada' } }],
 * });
 * assert.equal(await greeter.call('greet', { id: 7 }), 'Hi, Ada!');
 * assert.deepEqual(greeter.http.requests.map(({ url }) => url), ['https://api.example.com/names/7']);
 */
export async function testPlugin(source: PluginSource, options: TestOptions = {}): Promise<TestPlugin> {
  if (typeof options !== 'object' || options === null) {
    throw invalid(`Expected the options of \`testPlugin\` to be an object, got ${show(options)}`, {});
  }
  const tested = new TestPlugin(options);
  try {
    await tested.load(source);
  } catch (error) {
    await tested.close();
    throw error;
  }
  return tested;
}

/** Made by {@link testPlugin}. */
export class TestPlugin implements AsyncDisposable {
  /** What it asked the network, and what the network answers. */
  readonly http: FakeHttp;
  /** What it has stored. */
  readonly kv: FakeKv;
  /** What it logged, and what the engine logged about it. */
  readonly logs: LogEntry[] = [];
  /** What it emitted. */
  readonly events: PluginEvent[] = [];
  /** An event for each HTTP request, those that were refused included. */
  readonly audit: AuditEvent[] = [];
  /** What it called of other plugins. */
  readonly pluginCalls: PluginCall[] = [];
  readonly #options: TestOptions;
  readonly #engine: Engine;
  #plugin: Plugin | undefined;
  #timeMs: number;

  /** Use {@link testPlugin}. */
  constructor(options: TestOptions) {
    this.#options = options;
    this.#timeMs = new Date(options.time ?? DEFAULT_TIME).getTime();
    this.http = new FakeHttp(options.http);
    this.kv = new FakeKv(() => this.#timeMs, options.kv);
    const plugins = options.plugins ?? {};
    this.#engine = new Engine(
      fillEngineOptions(
        {
          executor: canSuspend ? 'inline' : 'worker',
          workers: 1,
          kv: this.kv.store,
          deterministic: this.#fixed,
          logger: { log: (entry) => void this.logs.push(entry) },
          onAudit: (event) => void this.audit.push(event),
        },
        MACHINE_RATES,
      ),
      {
        sender: this.http,
        now: () => this.#timeMs,
        plugin: (id) => (Object.hasOwn(plugins, id) ? this.#callable(id, plugins[id] as FakePlugin) : undefined),
      },
    );
    this.#engine.on('plugin-event', (event) => this.events.push(event));
  }

  /** Called by {@link testPlugin}. */
  async load(source: PluginSource): Promise<void> {
    checkNames('testPlugin', this.#options, [...OWN_OPTIONS, ...LOAD_NAMES]);
    const { http: _, kv: __, plugins: ___, time: ____, tickMs: _____, seed: ______, ...load } = this.#options;
    this.#plugin = await this.#engine.load(source, { grants: EVERYTHING, ...load });
  }

  /** The plugin itself, for what this class has no method for. */
  get plugin(): Plugin {
    if (this.#plugin === undefined) throw new RingfenceError('CLOSED', 'The plugin under test is not loaded');
    return this.#plugin;
  }

  /** As `plugin.call`. */
  call<Value = unknown>(name: string, input?: unknown, options?: CallOptions): Promise<Value> {
    return this.plugin.call<Value>(name, input, this.#settings(options));
  }

  /** As `plugin.callBytes`. */
  callBytes(name: string, input: Uint8Array, options?: CallOptions): Promise<Uint8Array<ArrayBuffer>> {
    return this.plugin.callBytes(name, input, this.#settings(options));
  }

  /** As `plugin.invoke`: with what the call used. */
  invoke<Value = unknown>(name: string, input?: unknown, options?: CallOptions): Promise<Invocation<Value>> {
    return this.plugin.invoke<Value>(name, input, this.#settings(options));
  }

  /** What the call that ended last has used. */
  usage(): Usage {
    return this.plugin.usage();
  }

  /** Text of the lines that the plugin logged, as `level message`. */
  get lines(): string[] {
    return this.logs.filter(({ source }) => source === 'plugin').map(({ level, message }) => `${level} ${message}`);
  }

  /** Lets time pass: for the clock that later calls read, and for data that expires. */
  advance(ms: number): void {
    this.#timeMs += ms;
  }

  /** Unloads the plugin. */
  close(): Promise<void> {
    return this.#engine.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #fixed(): { readonly time: number; readonly tickMs: number | undefined; readonly seed: number | undefined } {
    return { time: this.#timeMs, tickMs: this.#options.tickMs, seed: this.#options.seed };
  }

  #settings(options: CallOptions = {}): CallOptions {
    return { deterministic: this.#fixed, ...options };
  }

  #callable(id: string, functions: FakePlugin): CallablePlugin {
    return {
      serve: async (name, bytes) => {
        const input: unknown = bytes.length === 0 ? undefined : JSON.parse(new TextDecoder().decode(bytes));
        this.pluginCalls.push({ plugin: id, function: name, input });
        const fn = Object.hasOwn(functions, name) ? functions[name] : undefined;
        if (fn === undefined) {
          throw new RingfenceError('UNKNOWN_FUNCTION', `The test has no function ${name} of the plugin ${id}`, {
            plugin: id,
          });
        }
        const text = JSON.stringify(await resultOf(fn, input, id));
        return { output: new TextEncoder().encode(text ?? ''), fuelUsed: 0 };
      },
    };
  }
}

const LOAD_NAMES = [
  'id',
  'config',
  'grants',
  'hostFunctions',
  'secrets',
  'env',
  'limits',
  'reset',
  'executor',
  'manifest',
] as const satisfies readonly (keyof TestOptions)[];

/** @throws GUEST_ERROR for whatever the test's function throws, but for errors of the engine */
async function resultOf(fn: FakePlugin[string], input: unknown, plugin: string): Promise<unknown> {
  try {
    return await fn(input);
  } catch (error) {
    if (error instanceof RingfenceError) throw error;
    const { message, code } = error as { readonly message?: string; readonly code?: unknown };
    throw new RingfenceError('GUEST_ERROR', `The plugin ${plugin} failed: ${message ?? String(error)}`, {
      plugin,
      details: { code: typeof code === 'string' ? code : 'FAILED', message: message ?? String(error), details: null },
    });
  }
}
