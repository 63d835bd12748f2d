/** The capabilities that a plugin asks for in its manifest, and how that is written: the lines that refusals print. */
import type { Permissions } from './manifest.ts';

export interface PermissionLines {
  /** A member of `permissions` in the manifest. */
  readonly manifest: string;
  /** A member of the operator's `grants`. */
  readonly grant: string;
}

/** By capability. Those that are not here need not be asked for: every plugin has them. */
export const PERMISSION_LINES: Readonly<Record<keyof Permissions, PermissionLines>> = {
  http: {
    manifest: '"http": [{ "host": "https://api.example.com", "reason": "why the plugin needs it" }]',
    grant: '"http": ["https://api.example.com"]',
  },
  kv: { manifest: '"kv": { "reason": "why the plugin needs it" }', grant: '"kv": true' },
  clock: { manifest: '"clock": { "reason": "why the plugin needs it" }', grant: '"clock": true' },
  random: { manifest: '"random": { "reason": "why the plugin needs it" }', grant: '"random": true' },
  call: { manifest: '"call": ["other-plugin"]', grant: '"call": ["other-plugin"]' },
  emit: { manifest: '"emit": ["order.created"]', grant: '"emit": ["order.created"]' },
};

/** The lines of one capability; undefined for one that every plugin has. */
export function permissionLines(capability: string): PermissionLines | undefined {
  return isPermission(capability) ? PERMISSION_LINES[capability] : undefined;
}

export function asksFor({ permissions }: { readonly permissions: Permissions }, capability: string): boolean {
  return isPermission(capability) && permissions[capability] !== undefined;
}

/** The grant of what the manifest asks for, ready to be copied. */
export function grantLine({ permissions }: { readonly permissions: Permissions }, capability: string): string {
  if (capability === 'http' && permissions.http !== undefined) {
    return `"http": ${JSON.stringify(permissions.http.map(({ host }) => host))}`;
  }
  return permissionLines(capability)?.grant ?? `${JSON.stringify(capability)}: true`;
}

const isPermission = (capability: string): capability is keyof Permissions =>
  Object.hasOwn(PERMISSION_LINES, capability);
