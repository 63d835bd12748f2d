// `log`: messages for the operator.

import * as env from "./env";
import { encodeUtf8, utf8Length } from "./utf8";

/** How much a message matters. */
export enum LogLevel {
  Trace,
  Debug,
  Info,
  Warn,
  Error,
}

export namespace log {
  /** Would a message of this level be written? Ask before building an expensive one. */
  export function enabled(level: LogLevel): bool {
    return env.log_enabled(level) != 0;
  }

  /** Writes a message of the given level. The host cuts long ones and drops what is over its limits. */
  export function write(level: LogLevel, message: string): void {
    if (env.log_enabled(level) == 0) return;
    const size = utf8Length(message);
    const bytes = heap.alloc(size);
    encodeUtf8(message, bytes);
    env.log(level, bytes, size);
    heap.free(bytes);
  }

  export function trace(message: string): void {
    write(LogLevel.Trace, message);
  }
  export function debug(message: string): void {
    write(LogLevel.Debug, message);
  }
  export function info(message: string): void {
    write(LogLevel.Info, message);
  }
  export function warn(message: string): void {
    write(LogLevel.Warn, message);
  }
  export function error(message: string): void {
    write(LogLevel.Error, message);
  }
}
