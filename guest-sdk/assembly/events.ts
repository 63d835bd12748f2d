// `events`: what happened, for whoever wants to know. The plugin's manifest asks for the events that it sends (`emit`), the
// operator grants them. Nobody is waited for.

import * as env from "./env";
import { HostResult } from "./host-result";
import { Json } from "./json/json";
import { utf8 } from "./text";

export namespace events {
  /** Sends an event such as "order.created". The result has no data: it is `ok`, or says why the event was not taken. */
  export function emit(name: string, payload: Json | null = null): HostResult {
    const event = utf8.encode(name);
    const bytes = payload == null ? new Uint8Array(0) : payload.toBytes();
    const taken = env.emit(event.dataStart, event.length, bytes.dataStart, bytes.length);
    return new HostResult(taken != 0 ? 0 : -1);
  }
}
