/** What one version of a plugin asks for that another does not. */
import type { Permissions } from '../validate/manifest.ts';
import { isBelow } from '../validate/path-prefix.ts';
import { type AskedPermission, askedPermissions } from '../validate/permissions.ts';
import { coverageOfItem } from './permissions.ts';

export interface PermissionDifference {
  /** Asked for by the new version alone. */
  readonly added: readonly AskedPermission[];
  /** Asked for by the old version alone. */
  readonly removed: readonly AskedPermission[];
  /** Asked for by both; the old version could do without. */
  readonly nowRequired: readonly AskedPermission[];
  /** The new version needs somebody to look at it before it runs. */
  readonly asksForMore: boolean;
}

/** Compares what is asked for, not how it is said: reasons and the order do not count, and neither does what is narrower now. */
export function permissionDifference(before: Permissions, after: Permissions): PermissionDifference {
  const [old, now] = [askedPermissions(before), askedPermissions(after)];
  const added = now.filter((item) => !isCovered(item, old));
  const required = old.filter(({ optional }) => !optional);
  const nowRequired = now.filter((item) => !item.optional && !added.includes(item) && !isCovered(item, required));
  return {
    added,
    removed: old.filter((item) => !isCovered(item, now)),
    nowRequired,
    asksForMore: added.length > 0 || nowRequired.length > 0,
  };
}

function isCovered(item: AskedPermission, by: readonly AskedPermission[]): boolean {
  return by.some(
    (other) =>
      other.capability === item.capability && coversLimits(other, item) && coverageOfItem(item, other.name) === 'all',
  );
}

function coversLimits(wide: AskedPermission, narrow: AskedPermission): boolean {
  if (narrow.cookies === true && wide.cookies !== true) return false;
  const { methods = [], paths } = wide;
  if (narrow.methods?.some((method) => !methods.includes(method)) === true) return false;
  return paths === undefined || (narrow.paths?.every((path) => isBelow(paths, path)) ?? false);
}
