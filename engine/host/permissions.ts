/** What a plugin may do: what its manifest asks for and the operator grants, both. */
import { RingfenceError } from '../errors.ts';
import type { Capability, Grants } from '../grants.ts';
import type { Permissions } from '../validate/manifest.ts';
import { grantFlags, grantLine, hostCapability } from '../validate/permission-lines.ts';
import { type AskedPermission, askedPermissions, permissionTitle } from '../validate/permissions.ts';
import { escapeInvisible } from '../validate/quote.ts';
import { coversEvent, eventsOverlap } from './event-pattern.ts';
import { coversOrigin, originsOverlap, parseOriginPattern } from './origin-pattern.ts';

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
    const [wide, narrow] = [parseOriginPattern(granted), parseOriginPattern(asked)];
    return coversOrigin(wide, narrow) ? 'all' : originsOverlap(wide, narrow) ? 'part' : 'none';
  },
  emit: (granted, asked) => (coversEvent(granted, asked) ? 'all' : eventsOverlap(granted, asked) ? 'part' : 'none'),
};
const sameName = (granted: string, asked: string): Coverage => (granted === asked ? 'all' : 'none');

/** @throws INVALID_OPTION for a grant that is malformed */
export function resolvePermissions(permissions: Permissions, grants: Grants): PluginPermissions {
  const asked = askedPermissions(permissions);
  // Whether the plugin asks for them or not: who grants something has to hear of the mistake in it.
  for (const origin of listOf(grants.http)) parseOriginPattern(origin);
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
export function coverageOfItem({ capability, name }: AskedPermission, item: string | undefined): Coverage {
  return name === undefined || item === undefined ? 'all' : (COVERAGE[capability] ?? sameName)(item, name);
}

const listOf = (grant: readonly string[] | true | undefined): readonly string[] =>
  grant === undefined || grant === true ? [] : grant;

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

/** Plain data: it goes to wherever the plugin runs. */
export function permitsOf({ granted, missing }: PluginPermissions): Permits {
  const permits = new Map<string, Permit>(
    missing.map((item) => {
      const refusal = `The plugin was not granted ${permissionTitle(item)}. Add to its grants: ${item.add}`;
      return [hostCapability(item), { granted: false, refusal }];
    }),
  );
  for (const item of granted) permits.set(hostCapability(item), { granted: true });
  return permits;
}
