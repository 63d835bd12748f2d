/** What a plugin may do: what its manifest asks for and the operator grants, both. */
import { RingfenceError } from '../errors.ts';
import { type Capability, type GrantItem, type Grants, grantedName } from '../grants.ts';
import type { Permissions } from '../validate/manifest.ts';
import { coversOrigin, type OriginPattern, originsOverlap, parseOriginPattern } from '../validate/origin-pattern.ts';
import { isBelow } from '../validate/path-prefix.ts';
import { grantFlags, grantLine, hostCapability } from '../validate/permission-lines.ts';
import { type AskedPermission, askedPermissions, permissionTitle } from '../validate/permissions.ts';
import { escapeInvisible } from '../validate/quote.ts';
import { coversEvent, eventsOverlap } from './event-pattern.ts';

export interface GrantedPermission extends AskedPermission {
  /** Only some of it is granted: the operator's pattern is narrower. */
  readonly partly: boolean;
}

export interface MissingPermission extends AskedPermission {
  /** Members of the plugin's `grants` that grant it, with what is granted already. */
  readonly add: string;
  /** The same on the command line. */
  readonly flag: string;
}

export interface PluginPermissions {
  readonly asked: readonly AskedPermission[];
  readonly granted: readonly GrantedPermission[];
  readonly missing: readonly MissingPermission[];
}

/** How much of what was asked for is granted. */
type Coverage = 'all' | 'part' | 'none';

/** Whether one granted item covers what a manifest asks for. */
const COVERAGE: Partial<Record<Capability, (granted: string, asked: string) => Coverage>> = {
  http: (granted, asked) => {
    const [wide, narrow] = [patternOf(granted), patternOf(asked)];
    return coversOrigin(wide, narrow) ? 'all' : originsOverlap(wide, narrow) ? 'part' : 'none';
  },
  emit: (granted, asked) => (coversEvent(granted, asked) ? 'all' : eventsOverlap(granted, asked) ? 'part' : 'none'),
};
const sameName = (granted: string, asked: string): Coverage => (granted === asked ? 'all' : 'none');

const NONE = Object.freeze([]);
const NOTHING: PluginPermissions = Object.freeze({ asked: NONE, granted: NONE, missing: NONE });

/** @throws INVALID_OPTION for a grant that is malformed */
export function resolvePermissions(permissions: Permissions, grants: Grants): PluginPermissions {
  const asked = askedPermissions(permissions);
  // Whether the plugin asks for them or not: who grants something has to hear of the mistake in it.
  for (const item of listOf(grants.http)) patternOf(grantedName(item));
  if (asked.length === 0) return NOTHING;
  const covered = asked.map((item) => [item, coverageOf(item, grants)] as const);
  return Object.freeze({
    asked,
    granted: covered.flatMap(([item, how]) => (how === 'none' ? [] : [{ ...item, partly: how === 'part' }])),
    missing: covered.flatMap(([item, how]) =>
      how === 'none' ? [{ ...item, add: grantLine([item], grants), flag: grantFlags([item]) }] : [],
    ),
  });
}

function coverageOf(asked: AskedPermission, grants: Grants): Coverage {
  const granted = grants[asked.capability];
  if (granted === undefined) return 'none';
  if (granted === true) return 'all';
  const all = granted.map((item) => coverageOfItem(asked, item));
  return all.includes('all') ? 'all' : all.includes('part') ? 'part' : 'none';
}

/** How much of what was asked for one item of its capability covers. */
export function coverageOfItem(asked: AskedPermission, item: GrantItem | undefined): Coverage {
  const { capability, name } = asked;
  if (name === undefined || item === undefined) return 'all';
  const covered = (COVERAGE[capability] ?? sameName)(grantedName(item), name);
  return covered === 'all' && !coversLimits(item, asked) ? 'part' : covered;
}

/** Whether a grant allows every method and path that is asked for. */
function coversLimits(item: GrantItem, { methods = [], paths }: AskedPermission): boolean {
  if (typeof item === 'string') return true;
  const { methods: allowed, paths: prefixes } = item;
  if (allowed !== undefined && !methods.every((method) => allowed.includes(method))) return false;
  return prefixes === undefined || (paths?.every((path) => isBelow(prefixes, path)) ?? false);
}

const listOf = (grant: readonly GrantItem[] | true | undefined): readonly GrantItem[] =>
  grant === undefined || grant === true ? [] : grant;

function patternOf(origin: string): OriginPattern {
  const pattern = parseOriginPattern(origin);
  if (pattern !== undefined) return pattern;
  throw new RingfenceError(
    'INVALID_OPTION',
    `Expected an origin such as "https://api.example.com", "https://*.example.com" or "http://127.0.0.1:*", got ${JSON.stringify(origin)}`,
    { stage: 'options', details: { option: 'grants.http', given: origin } },
  );
}

/** What a plugin cannot start without. */
export const requiredOf = (missing: readonly MissingPermission[]): readonly MissingPermission[] =>
  missing.filter(({ optional }) => !optional);

/** Why a plugin does not run, with the lines to add. */
export function permissionDenied(
  plugin: string,
  missing: readonly MissingPermission[],
  grants: Grants,
): RingfenceError {
  const asked = missing.map((item) => {
    const reason = item.reason === undefined ? '' : ` (“${escapeInvisible(item.reason)}”)`;
    return `${permissionTitle(item)}${reason}`;
  });
  const add = grantLine(missing, grants);
  return new RingfenceError(
    'PERMISSION_DENIED',
    `The plugin ${plugin} waits for permissions that it asks for and nobody granted: ${asked.join('; ')}. Add to its grants: ${add}`,
    { plugin, details: { missing, add, flags: grantFlags(missing) } },
  );
}

/** What a host function of a capability may do: its work, or only say why not. */
export type Permit = { readonly granted: true } | { readonly granted: false; readonly refusal: string };
/** By capability of the host table. What is not here need not be asked for. */
export type Permits = ReadonlyMap<string, Permit>;

const NO_PERMITS: Permits = new Map();

/** Plain data: it goes to wherever the plugin runs. */
export function permitsOf({ granted, missing }: PluginPermissions): Permits {
  // Most plugins ask for nothing.
  if (granted.length === 0 && missing.length === 0) return NO_PERMITS;
  const permits = new Map<string, Permit>(
    missing.map((item) => {
      const refusal = `The plugin was not granted ${permissionTitle(item)}. Add to its grants: ${item.add}`;
      return [hostCapability(item), { granted: false, refusal }];
    }),
  );
  for (const item of granted) permits.set(hostCapability(item), { granted: true });
  return permits;
}
