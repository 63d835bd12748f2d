/** Where one plugin may send HTTP requests: what its manifest asks for and the operator grants, both. */
import { bug } from '../../errors.ts';
import type { GrantsInput } from '../../grants.ts';
import { DEFAULT_HTTP_METHODS } from '../../validate/http-methods.ts';
import type { HttpPermission } from '../../validate/manifest.ts';
import { matchesOrigin, type OriginPattern, parseOriginPattern } from '../../validate/origin-pattern.ts';
import { isBelow } from '../../validate/path-prefix.ts';
import { type Secrets, secretsIn } from '../secrets.ts';
import { fillHttpGrants, type GrantedOrigin, type InjectedHeader } from './grants.ts';
import { HttpRefusal } from './refusal.ts';
import type { HttpRequestHead } from './request.ts';

interface AskedOrigin {
  readonly pattern: OriginPattern;
  readonly methods: readonly string[];
  readonly paths: readonly string[] | undefined;
  readonly cookies: boolean;
}

/** How a request may go. */
export interface Admission {
  readonly allowPrivate: boolean;
  /** Headers of the operator's, which take the place of the plugin's. */
  readonly headers: readonly InjectedHeader[];
  /** The plugin may see `set-cookie`. */
  readonly cookies: boolean;
}

/** Of what is granted because it is asked for. */
const AS_ASKED: Admission = { allowPrivate: false, headers: [], cookies: true };

export class HttpRules {
  readonly #asked: readonly AskedOrigin[];
  /** `true`: whatever is asked for. */
  readonly #granted: readonly GrantedOrigin[] | true;

  /** @throws INVALID_OPTION for a grant that cannot be */
  constructor(asked: readonly HttpPermission[] | undefined, granted: GrantsInput['http'], secrets: Secrets) {
    this.#asked = (asked ?? []).map(({ host, methods = DEFAULT_HTTP_METHODS, paths, cookies = false }) => {
      const pattern = parseOriginPattern(host);
      if (pattern === undefined) throw bug(`a manifest asks for the host ${host}`);
      return { pattern, methods, paths, cookies };
    });
    this.#granted = fillHttpGrants(granted, secrets);
  }

  /** @throws HttpRefusal PERMISSION_DENIED, with the line that would allow it */
  admit({ method, url, headers }: HttpRequestHead): Admission {
    const asked = this.#asked.filter(({ pattern }) => matchesOrigin(pattern, url));
    const wanted = asked.find(({ methods, paths }) => methods.includes(method) && hasPath(paths, url));
    if (wanted === undefined) throw denied(notAsked(asked, method, url));
    const admission = this.#grantOf(method, url);
    for (const [name, value] of headers) checkReferences(name, value, admission, url);
    return { ...admission, cookies: admission.cookies && wanted.cookies };
  }

  #grantOf(method: string, url: URL): Admission {
    if (this.#granted === true) return AS_ASKED;
    const granted = this.#granted.filter(({ pattern }) => matchesOrigin(pattern, url));
    if (granted.length === 0) {
      throw denied(
        `${url.origin} is not granted to the plugin. Add to its grants: "http": [${JSON.stringify(url.origin)}]`,
      );
    }
    const found = granted.find(
      ({ methods, paths }) => (methods === undefined || methods.includes(method)) && hasPath(paths, url),
    );
    if (found !== undefined) return found;
    const grant = granted[0] as GrantedOrigin;
    const { methods } = grant;
    const what = methods?.includes(method) === false ? `the method ${method}` : 'this path';
    throw denied(
      `${what} of ${url.origin} is not granted to the plugin. Add it to the grant ${JSON.stringify(grant.pattern.text)}`,
    );
  }
}

const hasPath = (paths: readonly string[] | undefined, url: URL): boolean =>
  paths === undefined || isBelow(paths, url.pathname);

/** A plugin that says which secret it counts on is refused where that is not sent, rather than sent on without it. */
function checkReferences(name: string, value: string, { headers }: Admission, { origin }: URL): void {
  for (const secret of secretsIn(value)) {
    const isSent = headers.some((header) => header.name === name && header.secrets.some(([known]) => known === secret));
    if (isSent) continue;
    const line = JSON.stringify({ host: origin, headers: { [name]: `\${secret:${secret}}` } });
    throw denied(
      `The secret ${JSON.stringify(secret)} is not sent to ${origin} in the header ${name}. Add to the grants: "http": [${line}]`,
    );
  }
}

function notAsked(asked: readonly AskedOrigin[], method: string, url: URL): string {
  if (asked.length === 0) {
    return `The manifest of the plugin does not ask for ${url.origin}. Add to its permissions: "http": [{ "host": ${JSON.stringify(url.origin)}, "reason": "…" }]`;
  }
  if (!asked.some(({ methods }) => methods.includes(method)))
    return `The manifest of the plugin asks for ${url.origin} without the method ${method}. Add it to the "methods" of that permission`;
  return `The manifest of the plugin asks for ${url.origin} without this path. Add it to the "paths" of that permission`;
}

const denied = (message: string): HttpRefusal => new HttpRefusal('PERMISSION_DENIED', message);
