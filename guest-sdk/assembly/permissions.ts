// `permissions`: what the operator granted. A permission that the manifest marks as `optional` may be missing: ask before using
// what stands behind it.

import * as env from "./env";
import { utf8 } from "./text";

export namespace permissions {
  /** Was a capability granted, or some of it? `"kv"`, `"http"`, `"call"`; of the application's own, `"custom:mailer"`. */
  export function granted(capability: string): bool {
    const name = utf8.encode(capability);
    return env.permission_granted(name.dataStart, name.length) != 0;
  }
}
