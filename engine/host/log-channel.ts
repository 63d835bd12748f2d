/** Where the log lines of one plugin go: rate-limited, one line each, with the plugin's name on it. */
import { oneLine } from '../abi/one-line.ts';
import { LOG_LEVELS, type LogEntry, type LogFields, type Logger, type LogLevel } from '../options.ts';

/** How often a plugin's dropped lines are reported, if no line of its own carries their number. */
const REPORT_EVERY_MS = 1_000;

/** Strikes secrets from what is logged. */
export interface LogRedactor {
  strike(text: string): string;
  strikeData<Data extends object>(data: Data): Data;
}

export class LogChannel {
  readonly #logger: Logger | undefined;
  readonly #plugin: string;
  readonly #version: string;
  readonly #linesPerSecond: number;
  readonly #secrets: LogRedactor | undefined;
  readonly #maxLevel: LogLevel;
  /** Lines that may be written now; refills with time up to one second's worth. */
  #tokens: number;
  #refilledAt = 0;
  #dropped = 0;
  #reportedAt = 0;

  /**
   * @param secrets what must not be written; where the lines go to an engine that has them, it sees to that
   * @param maxLevel of lines of the plugin's own: those above are written at this one
   */
  constructor(
    logger: Logger | undefined,
    plugin: string,
    version: string,
    linesPerSecond: number,
    secrets?: LogRedactor,
    maxLevel: LogLevel = 'error',
  ) {
    this.#maxLevel = maxLevel;
    this.#logger = logger;
    this.#plugin = plugin;
    this.#version = version;
    this.#linesPerSecond = linesPerSecond;
    this.#tokens = linesPerSecond;
    this.#secrets = secrets;
  }

  /** Whether a line of this level would be written by anybody. */
  enabled(level: LogLevel): boolean {
    return this.#logger !== undefined && (this.#logger.enabled?.(level) ?? true);
  }

  /** Counts a line that is over a limit; the next entry that is written carries the count. */
  drop(lines = 1): void {
    this.#dropped += lines;
  }

  /** How many lines were dropped and not reported; from here on, somebody else counts them. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  write(
    level: LogLevel,
    message: string,
    source: LogEntry['source'],
    context: unknown,
    fields?: LogFields | undefined,
  ): void {
    const time = Date.now();
    if (!this.#takeToken(time)) {
      this.#dropped++;
      return;
    }
    const secrets = this.#secrets;
    const line = oneLine(secrets === undefined ? message : secrets.strike(message));
    this.#emit(
      level,
      line,
      source,
      time,
      context,
      secrets === undefined ? fields : fields && secrets.strikeData(fields),
    );
  }

  /**
   * Says how many lines were dropped where no later line has said so: past the limit on lines, and at most once a second
   * unless it is the last time. Never throws: the call is over, and there is nobody to tell.
   */
  reportDropped(context: unknown, isLast = false): void {
    if (this.#dropped === 0) return;
    const time = Date.now();
    const since = time - this.#reportedAt;
    if (since >= 0 && since < REPORT_EVERY_MS && !isLast) return;
    this.#reportedAt = time;
    try {
      if (!this.enabled('warn')) return;
      const message = `${this.#dropped} log lines of the plugin were dropped: they are over its limits (\`logCallBytes\`, \`logLinesPerSecond\`)`;
      this.#emit('warn', message, 'engine', time, context, undefined);
    } catch {
      // A logger that fails here has failed the calls that logged already.
    }
  }

  #emit(
    given: LogLevel,
    message: string,
    source: LogEntry['source'],
    time: number,
    context: unknown,
    fields: LogFields | undefined,
  ): void {
    const dropped = this.takeDropped();
    const plugin = this.#plugin;
    const version = this.#version;
    const isTooSevere = source === 'plugin' && LOG_LEVELS.indexOf(given) > LOG_LEVELS.indexOf(this.#maxLevel);
    const level = isTooSevere ? this.#maxLevel : given;
    this.#logger?.log({ level, message, source, plugin, version, time, dropped, context, fields });
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
