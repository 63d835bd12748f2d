/** Where the lines of plugins go: what the application's logger gets, and which kinds of loggers there are. */

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a plugin may put beside a message: JSON. Text in it is one line, as messages are. */
export type LogField = null | boolean | number | string | readonly LogField[] | LogFields;
/** By name. An object without a prototype. */
export interface LogFields {
  readonly [name: string]: LogField;
}

/** One line that a plugin logged, or that the engine logged about it. */
export interface LogEntry {
  readonly level: LogLevel;
  /** One line of text: control characters are escaped, so a plugin cannot forge a second line. */
  readonly message: string;
  /** Who speaks: the plugin itself, or the engine about the plugin. */
  readonly source: 'plugin' | 'engine';
  /** Id of the plugin; empty where the engine speaks of itself. */
  readonly plugin: string;
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Lines of this plugin dropped by its log limits since the entry before. */
  readonly dropped: number;
  /** The `context` of the call that logged. */
  readonly context: unknown;
  /** What the plugin put beside the message, under names of its own choice. Undefined where it put nothing. */
  readonly fields?: LogFields | undefined;
}

/** Where log lines go. It runs on the caller's thread inside the plugin's call: an error that it throws ends that call. */
export interface Logger {
  log(entry: LogEntry): void;
  /** Lines of a level that answers false are not made at all. @default all levels */
  enabled?(level: LogLevel): boolean;
}

/** Loggers such as pino: a method for each level, which takes an object of fields and then the message. */
export type LevelLogger = { readonly [level in LogLevel]: (fields: object, message: string) => void } & {
  /** Whether lines of this level are written at all. */
  isLevelEnabled?(level: LogLevel): boolean;
};

/** True for what has a method for every level. */
export function isLevelLogger(given: unknown): given is LevelLogger {
  return (
    typeof given === 'object' &&
    given !== null &&
    LOG_LEVELS.every((level) => typeof (given as Record<string, unknown>)[level] === 'function')
  );
}

/**
 * Writes entries through a logger such as pino. What the plugin chose stands under `fields`, where no name of its can be taken
 * for one of the host's. `context` is left out: it is the caller's, and may be anything.
 */
export function fromLevelLogger(target: LevelLogger): Logger {
  const logger: Logger = {
    log({ level, message, plugin, version, source, dropped, fields }) {
      target[level](
        { plugin, version, source, ...(dropped > 0 ? { dropped } : {}), ...(fields === undefined ? {} : { fields }) },
        message,
      );
    },
  };
  if (typeof target.isLevelEnabled === 'function') logger.enabled = (level) => target.isLevelEnabled?.(level) === true;
  return logger;
}
