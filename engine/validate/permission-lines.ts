/** How permissions are written: the lines that refusals print, ready to be copied. */
import type { Capability, Grants } from '../grants.ts';
import type { Permissions } from './manifest.ts';
import { type AskedPermission, askedPermissions } from './permissions.ts';

export interface PermissionLines {
  /** A member of `permissions` in the manifest. */
  readonly manifest: string;
  /** A member of the operator's `grants`. */
  readonly grant: string;
}

const REASON = '"reason": "why the plugin needs it"';
const simple = (capability: Capability): PermissionLines => ({
  manifest: `"${capability}": { ${REASON} }`,
  grant: `"${capability}": true`,
});
const named = (capability: Capability, name: string): PermissionLines => ({
  manifest: `"${capability}": [{ "name": "${name}", ${REASON} }]`,
  grant: `"${capability}": ["${name}"]`,
});

/** By capability. Those that are not here need not be asked for: every plugin has them. */
const LINES: Readonly<Record<Exclude<Capability, 'custom'>, PermissionLines>> = {
  http: {
    manifest: `"http": [{ "host": "https://api.example.com", ${REASON} }]`,
    grant: '"http": ["https://api.example.com"]',
  },
  kv: simple('kv'),
  clock: simple('clock'),
  random: simple('random'),
  call: named('call', 'other-plugin'),
  emit: named('emit', 'order.created'),
};

/** Capabilities of the application's own host functions, as rows of the host table name them. */
export const CUSTOM_PREFIX = 'custom:';

/** The lines of one capability of the host table; undefined for one that every plugin has. */
export function permissionLines(capability: string): PermissionLines | undefined {
  if (capability.startsWith(CUSTOM_PREFIX)) return named('custom', capability.slice(CUSTOM_PREFIX.length));
  return Object.hasOwn(LINES, capability) ? LINES[capability as keyof typeof LINES] : undefined;
}

/** What the manifest asks for of one capability of the host table. */
export function asksOf(permissions: Permissions, capability: string): readonly AskedPermission[] {
  return askedPermissions(permissions).filter((asked) => hostCapability(asked) === capability);
}

/** The capability that the rows of the host table have. */
export function hostCapability({ capability, name }: AskedPermission): string {
  return capability === 'custom' ? `${CUSTOM_PREFIX}${name}` : capability;
}

/**
 * The members of `grants` that grant what is missing, with what is granted already: `"http": ["https://a.example"], "kv": true`.
 */
export function grantLine(missing: readonly AskedPermission[], grants: Grants = {}): string {
  return [...Map.groupBy(missing, ({ capability }) => capability)]
    .map(([capability, asked]) => {
      const granted = grants[capability];
      const names = [...(Array.isArray(granted) ? granted : []), ...asked.flatMap(({ name }) => name ?? [])];
      return `"${capability}": ${names.length === 0 ? 'true' : JSON.stringify([...new Set(names)])}`;
    })
    .join(', ');
}

/** The same for the command line: `--grant http=https://a.example --grant kv`. */
export function grantFlags(missing: readonly AskedPermission[]): string {
  const flags = missing.map(({ capability, name }) => `--grant ${capability}${name === undefined ? '' : `=${name}`}`);
  return [...new Set(flags)].map(shellWord).join(' ');
}

/** A `*` would be the shell's. */
function shellWord(flag: string): string {
  const [option, value = ''] = flag.split(' ');
  return /^[\w@%+=:,./-]+$/.test(value) ? flag : `${option} '${value}'`;
}
