/** What a manifest asks for, item by item, in one form for every capability. */
import type { Capability } from '../grants.ts';
import { DEFAULT_HTTP_METHODS } from './http-methods.ts';
import type { NamedPermission, Permissions, SimplePermission } from './manifest.ts';

export interface AskedPermission {
  readonly capability: Capability;
  /** The origin, plugin, event or custom capability; of a capability that is one thing, undefined. */
  readonly name?: string;
  /** Of `http`. */
  readonly methods?: readonly string[];
  /** Of `http`: prefixes of paths; without it, all. */
  readonly paths?: readonly string[];
  /** Of `http`: it wants to see cookies of the server. */
  readonly cookies?: boolean;
  /** What the plugin says it is for. */
  readonly reason?: string;
  /** The plugin runs without it, too. */
  readonly optional: boolean;
}

const SIMPLE = ['kv', 'clock', 'random'] as const;
const NAMED = ['call', 'emit', 'custom'] as const;

const NONE: readonly AskedPermission[] = Object.freeze([]);

/** In the order in which people are told: what reaches furthest first. */
export function askedPermissions(permissions: Permissions): readonly AskedPermission[] {
  if (Object.keys(permissions).length === 0) return NONE;
  const { http = [] } = permissions;
  return [
    ...http.map(
      ({ host, methods = DEFAULT_HTTP_METHODS, paths, cookies, reason, optional = false }): AskedPermission => {
        return {
          capability: 'http',
          name: host,
          methods,
          ...(paths === undefined ? {} : { paths }),
          ...(cookies === undefined ? {} : { cookies }),
          reason,
          optional,
        };
      },
    ),
    ...NAMED.flatMap((capability) => (permissions[capability] ?? []).map((item) => named(capability, item))),
    ...SIMPLE.flatMap((capability) => {
      const asked = permissions[capability];
      return asked === undefined ? [] : [simple(capability, asked)];
    }),
  ];
}

function named(capability: Capability, asked: NamedPermission): AskedPermission {
  if (typeof asked === 'string') return { capability, name: asked, optional: false };
  const { name, reason, optional = false } = asked;
  return { capability, name, reason, optional };
}

function simple(capability: Capability, asked: SimplePermission): AskedPermission {
  return asked === true
    ? { capability, optional: false }
    : { capability, reason: asked.reason, optional: asked.optional ?? false };
}

/** `http https://api.example.com (GET, HEAD)`, `custom mailer`, `kv`. */
export function permissionTitle(asked: AskedPermission): string {
  const { capability, name } = asked;
  const limits = permissionLimits(asked);
  return `${capability}${name === undefined ? '' : ` ${name}`}${limits === '' ? '' : ` (${limits})`}`;
}

/** What `http` is limited to: `GET, HEAD below /v1, with cookies`. */
export function permissionLimits({ methods, paths, cookies }: AskedPermission): string {
  const parts = [methods?.join(', ') ?? '', paths === undefined ? '' : `below ${paths.join(', ')}`];
  return [parts.filter(Boolean).join(' '), cookies === true ? 'with cookies' : ''].filter(Boolean).join(', ');
}
