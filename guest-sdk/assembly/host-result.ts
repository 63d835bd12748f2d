// What host functions answer that hand over data: those of the application, and calls of other plugins.

import * as env from "./env";
import { takeBytes } from "./given";
import { Json } from "./json/json";
import { JsonResult, json } from "./json/parse";
import { utf8 } from "./text";

/** Packed result of a function that failed. */
const FAILED: i64 = -1;

export class HostResult {
  private data: Uint8Array;
  private failure: Json;

  constructor(packed: i64) {
    if (packed == FAILED) {
      this.data = new Uint8Array(0);
      this.failure = json.parseBytes(takeBytes(env.host_error())).value;
    } else {
      this.data = takeBytes(packed);
      this.failure = Json.missing;
    }
  }

  /** Whether there is an answer, be it an empty one. */
  get ok(): bool {
    return !this.failure.exists;
  }

  /** Such as `PERMISSION_DENIED`; empty if there is an answer. */
  get errorCode(): string {
    return this.failure.get("code").asString();
  }

  /** What went wrong, for people. */
  get errorMessage(): string {
    return this.failure.get("message").asString();
  }

  /** What went wrong, as data; of type `Missing` if there is none. */
  get errorDetails(): Json {
    return this.failure.get("details");
  }

  bytes(): Uint8Array {
    return this.data;
  }

  text(): string {
    return utf8.decode(this.data);
  }

  json(): JsonResult {
    return json.parseBytes(this.data);
  }
}

/** The answer of a host function that returns a packed `i64`: `hostResult(find_user(query.dataStart, query.length))`. */
export function hostResult(packed: i64): HostResult {
  return new HostResult(packed);
}
