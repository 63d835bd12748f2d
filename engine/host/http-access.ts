/** Where one plugin may send HTTP requests: what its manifest asks for and the operator grants, both. */
import type { HttpPermission } from '../validate/manifest.ts';
import { matchesOrigin, type OriginPattern, parseOriginPattern } from './origin-pattern.ts';

interface AskedOrigin {
  readonly pattern: OriginPattern;
  /** Undefined: all. */
  readonly methods: readonly string[] | undefined;
}

export class HttpAccess {
  readonly #asked: readonly AskedOrigin[];
  /** `true`: whatever is asked for. */
  readonly #granted: readonly OriginPattern[] | true;

  /** @throws INVALID_OPTION for a grant that is no origin */
  constructor(asked: readonly HttpPermission[] | undefined, granted: readonly string[] | boolean | undefined) {
    this.#asked = (asked ?? []).map(({ host, methods }) => ({ pattern: parseOriginPattern(host), methods }));
    this.#granted = granted === true ? true : (granted || []).map(parseOriginPattern);
  }

  /** Why a request is refused, with the line that would allow it; undefined if it is allowed. */
  refusal(method: string, url: URL): string | undefined {
    const asked = this.#asked.filter(({ pattern }) => matchesOrigin(pattern, url));
    if (asked.length === 0) {
      return `The manifest of the plugin does not ask for ${url.origin}. Add to its permissions: "http": [{ "host": ${JSON.stringify(url.origin)}, "reason": "…" }]`;
    }
    if (!asked.some(({ methods }) => methods === undefined || methods.includes(method))) {
      return `The manifest of the plugin asks for ${url.origin} without the method ${method}. Add it to the "methods" of that permission`;
    }
    if (this.#granted !== true && !this.#granted.some((pattern) => matchesOrigin(pattern, url))) {
      return `${url.origin} is not granted to the plugin. Add to its grants: "http": [${JSON.stringify(url.origin)}]`;
    }
    return undefined;
  }
}
