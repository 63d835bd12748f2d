// `plugins`: functions of other plugins. The plugin's manifest asks for the plugins that it calls (`call`), the operator grants
// them.
//
// To the plugin it is an ordinary call. It pays for the fuel that the other one uses, and its own deadline runs on.

import * as env from "./env";
import { HostResult } from "./host-result";
import { Json } from "./json/json";
import { utf8 } from "./text";

export namespace plugins {
  /** Calls a function, JSON in: `plugins.call("search/find", json.object().set("text", "blue"))`. */
  export function call(target: string, input: Json | null = null): HostResult {
    return callBytes(target, input == null ? new Uint8Array(0) : input.toBytes());
  }

  /** The same with bytes. */
  export function callBytes(target: string, input: Uint8Array): HostResult {
    const name = utf8.encode(target);
    return new HostResult(env.plugin_call(name.dataStart, name.length, input.dataStart, input.length));
  }
}
