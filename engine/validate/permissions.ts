/** What a manifest asks for, item by item, in one form for every capability. */
import type { Capability } from '../grants.ts';
import type { NamedPermission, Permissions, SimplePermission } from './manifest.ts';

export interface AskedPermission {
  readonly capability: Capability;
  /** The origin, plugin, event or custom capability; of a capability that is one thing, undefined. */
  readonly name?: string;
  /** Of `http`; without it, all. */
  readonly methods?: readonly string[];
  /** What the plugin says it is for. */
  readonly reason?: string;
  /** The plugin runs without it, too. */
  readonly optional: boolean;
}

const SIMPLE = ['kv', 'clock', 'random'] as const;
const NAMED = ['call', 'emit', 'custom'] as const;

/** In the order in which people are told: what reaches furthest first. */
export function askedPermissions(permissions: Permissions): readonly AskedPermission[] {
  const { http = [] } = permissions;
  return [
    ...http.map(({ host, methods, reason, optional = false }): AskedPermission => {
      return { capability: 'http', name: host, ...(methods === undefined ? {} : { methods }), reason, optional };
    }),
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

/** `http https://api.example.com`, `custom mailer`, `kv`. */
export function permissionTitle({ capability, name, methods }: AskedPermission): string {
  const limited = methods === undefined ? '' : ` (${methods.join(', ')})`;
  return `${capability}${name === undefined ? '' : ` ${name}`}${limited}`;
}
