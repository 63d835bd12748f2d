/** A configuration file that is run: its plugins, and what becomes of them when it changes. */
import type { LogEntry, Logger } from '../index.ts';
import type { ManagerConfiguration } from '../manager/configuration/configuration.ts';
import { type LoadedConfiguration, loadConfiguration } from '../manager/configuration/load-configuration.ts';
import { FileWatch } from '../manager/file-watch.ts';
import { type ApplyReport, createManager, type Manager } from '../manager/manager.ts';
import { findingText } from './configuration-file.ts';
import { ControlServer } from './control/control-server.ts';
import { socketPath } from './control/socket-path.ts';
import { LINE_LOGGER } from './log-lines.ts';
import { output } from './terminal.ts';

export type LogForm = 'text' | 'json';

/** How long the file has to be quiet: editors write in several steps. */
const SETTLE_MS = 100;

const JSON_LOGGER: Logger = {
  log: (entry: LogEntry) => {
    const { context: _, ...line } = entry;
    output.line(JSON.stringify(line));
  },
};

export class RunningConfiguration {
  readonly #file: string;
  readonly #logger: Logger;
  readonly #manager: Manager;
  #watch: FileWatch | undefined;
  #control: ControlServer | undefined;
  /** One change after the other; what comes meanwhile is one more. */
  #work: Promise<void> = Promise.resolve();
  #isDue = false;

  private constructor(file: string, logger: Logger, manager: Manager) {
    this.#file = file;
    this.#logger = logger;
    this.#manager = manager;
  }

  /** Reads the file, and runs nothing yet. @throws INVALID_CONFIG */
  static async open(file: string, form: LogForm): Promise<RunningConfiguration> {
    const logger = form === 'json' ? JSON_LOGGER : LINE_LOGGER;
    const loaded = await loadConfiguration(file);
    const manager = await createManager({ configuration: withLogger(loaded.configuration, logger) });
    const running = new RunningConfiguration(file, logger, manager);
    running.#tellFindings(loaded);
    return running;
  }

  async start(): Promise<void> {
    await this.#listen();
    await this.#manager.start();
    const { plugins } = this.#manager;
    const count = plugins.filter(({ state }) => state === 'running').length;
    this.#say('info', `${count} of ${plugins.length} plugins of ${this.#file} run`);
  }

  /** Follows the file from now on. */
  async watch(): Promise<void> {
    this.#watch = new FileWatch({
      source: this.#file,
      settleMs: SETTLE_MS,
      onChange: () => this.follow(),
      onError: (error) => this.#say('warn', `While watching ${this.#file}: ${(error as Error).message}`),
    });
    await this.#watch.ready();
  }

  /** Applies what the file says now; one that is not valid changes nothing. Never rejects. */
  follow(): Promise<void> {
    if (this.#isDue) return this.#work;
    this.#isDue = true;
    this.#work = this.#work.then(async () => {
      this.#isDue = false;
      try {
        const loaded = await loadConfiguration(this.#file);
        this.#tellFindings(loaded);
        this.#tellReport(await this.#manager.apply(withLogger(loaded.configuration, this.#logger)));
      } catch (error) {
        const { message } = error as Error;
        this.#say('error', `${this.#file} is not applied, and what ran before goes on. ${message}`);
      }
    });
    return this.#work;
  }

  /** Stops the plugins in good order. */
  async close(): Promise<void> {
    await this.#watch?.close();
    await this.#control?.[Symbol.asyncDispose]();
    await this.#work;
    await this.#manager.close();
    this.#say('info', 'stopped');
  }

  /** For other commands. Without that, plugins run all the same. */
  async #listen(): Promise<void> {
    try {
      this.#control = await ControlServer.listen(socketPath(this.#file), this.#manager);
    } catch (error) {
      this.#say('warn', `ringfence status, reload and rollback do not reach this process. ${(error as Error).message}`);
    }
  }

  #tellFindings(loaded: LoadedConfiguration): void {
    for (const finding of loaded.findings) this.#say('warn', findingText(finding, loaded));
  }

  #tellReport({ added, removed, reloaded, adjusted, failed, engineChanged }: ApplyReport): void {
    const done = Object.entries({ added, removed, reloaded, adjusted }).flatMap(([what, ids]) =>
      ids.length === 0 ? [] : [`${what} ${ids.join(', ')}`],
    );
    const rest = failed.length === 0 ? '' : `, but not for ${failed.map(({ plugin }) => plugin).join(', ')}`;
    this.#say('info', `${this.#file} is applied${rest}: ${done.join('; ') || 'nothing has changed'}`);
    for (const { plugin, error } of failed) this.#say('error', `${plugin} goes on as it was: ${error.message}`);
    if (engineChanged) this.#say('warn', 'What has changed under `engine` takes effect with the next start');
  }

  #say(level: 'info' | 'warn' | 'error', message: string): void {
    this.#logger.log({
      level,
      message,
      source: 'engine',
      plugin: '',
      version: '',
      time: Date.now(),
      dropped: 0,
      context: undefined,
    });
  }
}

const withLogger = (configuration: ManagerConfiguration, logger: Logger): ManagerConfiguration => ({
  ...configuration,
  engine: { ...configuration.engine, logger },
});
