/** Where the log lines of one plugin go: rate-limited, one line each, with the plugin's name on it. */
import { oneLine } from '../abi/one-line.ts';
import { LOG_LEVELS, type LogEntry, type Logger, type LogLevel } from '../options.ts';

export class LogChannel {
  readonly #logger: Logger | undefined;
  readonly #plugin: string;
  readonly #version: string;
  readonly #linesPerSecond: number;
  /** Lines that may be written now; refills with time up to one second's worth. */
  #tokens: number;
  #refilledAt = 0;
  #dropped = 0;

  constructor(logger: Logger | undefined, plugin: string, version: string, linesPerSecond: number) {
    this.#logger = logger;
    this.#plugin = plugin;
    this.#version = version;
    this.#linesPerSecond = linesPerSecond;
    this.#tokens = linesPerSecond;
  }

  /** Whether a line of this level would be written by anybody. */
  enabled(level: LogLevel): boolean {
    return this.#logger !== undefined && (this.#logger.enabled?.(level) ?? true);
  }

  /** Counts a line that is over a limit; the next entry that is written carries the count. */
  drop(): void {
    this.#dropped++;
  }

  write(level: LogLevel, message: string, source: LogEntry['source'], context: unknown): void {
    const time = Date.now();
    if (!this.#takeToken(time)) {
      this.#dropped++;
      return;
    }
    const dropped = this.#dropped;
    this.#dropped = 0;
    this.#logger?.log({
      level,
      message: oneLine(message),
      source,
      plugin: this.#plugin,
      version: this.#version,
      time,
      dropped,
      context,
    });
  }

  #takeToken(time: number): boolean {
    // A clock that was set back must not stop the log.
    const elapsed = Math.max(0, time - this.#refilledAt);
    this.#tokens = Math.min(this.#linesPerSecond, this.#tokens + (elapsed * this.#linesPerSecond) / 1_000);
    this.#refilledAt = time;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}

export function levelOf(level: number): LogLevel {
  return LOG_LEVELS[Math.min(level >>> 0, LOG_LEVELS.length - 1)] as LogLevel;
}
