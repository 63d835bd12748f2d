/** A plugin on its way to a guest host, and what it becomes there. */
import type { SpokenContract } from '../../abi/contract.ts';
import type { HookName } from '../../abi/exports.ts';
import { configTexts } from '../../host/config.ts';
import type { HostServices } from '../../host/context.ts';
import { LogChannel } from '../../host/log-channel.ts';
import type { Permit } from '../../host/permissions.ts';
import { SERVICE_METHODS, type ServiceName } from '../../host/services.ts';
import { systemSources } from '../../host/sources.ts';
import type { CustomShape } from '../../host-function.ts';
import type { Limits } from '../../limits.ts';
import type { EngineReport } from '../../meter/report.ts';
import { LOG_LEVELS, type LogEntry, type Logger, type LogLevel, type ResetMode } from '../../options.ts';
import { type Instantiable, makeRunnable, type RunnablePlugin } from '../../runtime/runnable.ts';

/** All that a guest host needs of a plugin: plain data. */
export interface PluginImage {
  readonly name: string;
  readonly version: string;
  readonly contract: SpokenContract;
  readonly signatures: readonly string[] | undefined;
  /** Functions that its manifest names. */
  readonly declared: readonly string[];
  readonly functions: readonly string[];
  readonly hooks: readonly HookName[];
  readonly imports: readonly string[];
  readonly limits: Limits;
  readonly report: EngineReport;
  readonly configText: string;
  readonly reset: ResetMode;
  /** What it may do, by capability. */
  readonly permits: readonly (readonly [capability: string, permit: Permit])[];
  /** The host functions of the application that it may import. */
  readonly custom: readonly CustomShape[];
  /** Levels that somebody reads. */
  readonly logLevels: readonly LogLevel[];
  /** Services that it can reach. */
  readonly services: readonly ServiceName[];
  readonly module: WebAssembly.Module;
}

export function imageOf({ prepared, services, custom = [], configText, reset }: RunnablePlugin): PluginImage {
  const { contract, signatures, manifest, functions, hooks, imports, limits, report, module } = prepared;
  return {
    name: manifest.name,
    version: manifest.version,
    contract,
    signatures,
    declared: Object.keys(manifest.functions),
    functions,
    hooks,
    imports,
    limits,
    report,
    configText,
    reset,
    permits: [...services.permits],
    // From there even what answers at once is further away.
    custom: custom.map((shape) => ({ ...shape, mayWait: true })),
    logLevels: LOG_LEVELS.filter((level) => services.log.enabled(level)),
    services: (Object.keys(SERVICE_METHODS) as ServiceName[]).filter((name) => services[name] !== undefined),
    module,
  };
}

/** Where the lines of a guest go: to the engine, which has the logger and its own count of what is dropped. */
export interface LogSink {
  /** The context of an entry is what the settings of the call had for it. */
  log(entry: LogEntry): void;
  dropped(lines: number, context: unknown): void;
}

/** @param proxies of its services */
export function openImage(
  image: PluginImage,
  sink: LogSink,
  proxies: Pick<HostServices, ServiceName>,
): RunnablePlugin<Instantiable> {
  const { name, version, declared, limits, configText, reset, permits, custom, logLevels, module, ...rest } = image;
  const enabled = (level: LogLevel): boolean => logLevels.includes(level);
  const logger: Logger = { log: (entry) => sink.log(entry), enabled };
  return makeRunnable({
    prepared: {
      ...rest,
      limits,
      manifest: { name, version, functions: Object.fromEntries(declared.map((fn) => [fn, true])) },
      module,
      // The engine has these, and fills them in.
      functionNames: () => NO_NAMES,
      functionCode: () => undefined,
      places: { ofMetered: (offset) => ({ offset }), sourceOfFunction: () => undefined },
    },
    services: {
      log: new GuestLogChannel(logger, name, version, limits.logLinesPerSecond, sink),
      config: configTexts(JSON.parse(configText) as Record<string, unknown>),
      permits: new Map(permits),
      sources: systemSources(),
      ...proxies,
    },
    custom,
    configText,
    reset,
  });
}

class GuestLogChannel extends LogChannel {
  readonly #sink: LogSink;

  constructor(logger: Logger, plugin: string, version: string, linesPerSecond: number, sink: LogSink) {
    super(logger, plugin, version, linesPerSecond);
    this.#sink = sink;
  }

  override reportDropped(context: unknown): void {
    const lines = this.takeDropped();
    if (lines > 0) this.#sink.dropped(lines, context);
  }
}

const NO_NAMES: ReadonlyMap<number, string> = new Map();
