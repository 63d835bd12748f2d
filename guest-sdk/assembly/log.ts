// `log`: messages for the operator.

import * as env from "./env";
import { free } from "./exports";
import { Json } from "./json/json";
import { writeJson } from "./json/write";
import { begin, finish } from "./output";
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

  /**
   * Messages with values beside them, which the operator's tools can search and count.
   *
   *     log.fields(json.object().set("song", id).set("ms", took)).info("served");
   */
  export function fields(values: Json): FieldLog {
    return new FieldLog(values);
  }
}

/** Made by `log.fields`: what is logged through it carries the fields. It may be kept and used again. */
@final
export class FieldLog {
  constructor(
    /** A JSON object. */
    public readonly values: Json,
  ) {}

  /** Writes a message of the given level. The host leaves out fields that are over its limits, and says so in the line. */
  write(level: LogLevel, message: string): void {
    if (env.log_enabled(level) == 0) return;
    const size = utf8Length(message);
    const bytes = heap.alloc(size);
    encodeUtf8(message, bytes);
    begin();
    writeJson(this.values);
    const packed = finish();
    const at = <usize>(packed >> 32);
    env.log_fields(level, bytes, size, at, <usize>packed);
    free(at);
    heap.free(bytes);
  }

  trace(message: string): void {
    this.write(LogLevel.Trace, message);
  }
  debug(message: string): void {
    this.write(LogLevel.Debug, message);
  }
  info(message: string): void {
    this.write(LogLevel.Info, message);
  }
  warn(message: string): void {
    this.write(LogLevel.Warn, message);
  }
  error(message: string): void {
    this.write(LogLevel.Error, message);
  }
}
