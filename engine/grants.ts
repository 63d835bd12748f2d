/** What the operator lets a plugin do, by capability: the other half of what its manifest asks for. */
import { checkNames, invalid, show } from './option-checks.ts';

/** One origin, or a group of them, that a plugin may send HTTP requests to. */
export interface HttpGrant {
  /** Such as `https://api.example.com`, `https://*.example.com`, `http://10.0.0.5:8080`, or `*` for every public host. */
  readonly host: string;
  /** @default those that the manifest asks for */
  readonly methods?: readonly string[] | undefined;
  /** Prefixes of paths, such as `/v1`. @default those that the manifest asks for */
  readonly paths?: readonly string[] | undefined;
  /** Lets the host have an address that is not public. @default false; true where `host` is itself an address or `localhost` */
  readonly allowPrivate?: boolean | undefined;
  /** Headers that are set in each request, and that the plugin cannot read. `${secret:NAME}` in a value is that secret. @default none */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Lets the plugin see `set-cookie`, if it asks for it. @default false */
  readonly cookies?: boolean | undefined;
}

/**
 * Effective is what the manifest asks for and this grants. Of a list, `true` grants whatever the manifest asks for, in later
 * versions too; a list grants what is in it.
 */
export interface GrantsInput {
  /** Origins such as `https://api.example.com`, or an `HttpGrant`. Only those reach addresses that are not public. @default none */
  readonly http?: readonly (string | HttpGrant)[] | boolean | undefined;
  /** To keep data of its own. @default false */
  readonly kv?: boolean | undefined;
  /** To know the time, to the millisecond. @default false */
  readonly clock?: boolean | undefined;
  /** To get random bytes. @default false */
  readonly random?: boolean | undefined;
  /** Ids of the plugins that it may call. @default none */
  readonly call?: readonly string[] | boolean | undefined;
  /** Events that it may send, such as `order.created` or `order.*`. @default none */
  readonly emit?: readonly string[] | boolean | undefined;
  /** Capabilities of the application's own host functions. @default none */
  readonly custom?: readonly string[] | boolean | undefined;
}

export type Capability = keyof GrantsInput;
/** As the engine holds it: without what is not granted. */
export type Grants = { readonly [name in Capability]?: readonly GrantItem[] | true };
/** Objects are of `http` alone. */
export type GrantItem = string | HttpGrant;

/** What an item grants: an origin, a plugin, an event. */
export const grantedName = (item: GrantItem): string => (typeof item === 'string' ? item : item.host);

/** Whether a capability is granted as a whole, or item by item. */
const KINDS: Readonly<Record<Capability, 'switch' | 'list'>> = {
  http: 'list',
  kv: 'switch',
  clock: 'switch',
  random: 'switch',
  call: 'list',
  emit: 'list',
  custom: 'list',
};
export const CAPABILITIES = Object.keys(KINDS) as readonly Capability[];

const NOTHING: Grants = Object.freeze({});

/** What the items themselves mean is checked where they are matched. @throws INVALID_OPTION */
export function fillGrants(given?: GrantsInput): Grants {
  if (given === undefined) return NOTHING;
  checkNames('grants', given, CAPABILITIES);
  const granted = CAPABILITIES.flatMap((name) => {
    const grant = checkGrant(name, given[name]);
    return grant === undefined ? [] : [[name, grant]];
  });
  return Object.freeze(Object.fromEntries(granted));
}

function checkGrant(name: Capability, grant: unknown): readonly GrantItem[] | true | undefined {
  if (grant === undefined || grant === false) return undefined;
  if (grant === true) return true;
  const isItem = (item: unknown): boolean =>
    typeof item === 'string' ? item !== '' : name === 'http' && isHttpGrant(item);
  const isList = Array.isArray(grant) && grant.every(isItem);
  if (KINDS[name] === 'list' && isList) return grant.length === 0 ? undefined : Object.freeze([...grant]);
  const expected = KINDS[name] === 'list' ? 'a list of texts, or true or false' : 'true or false';
  throw invalid(`Expected the grant \`${name}\` to be ${expected}, got ${show(grant)}`, { option: `grants.${name}` });
}

const isHttpGrant = (item: unknown): boolean =>
  typeof item === 'object' && item !== null && 'host' in item && typeof item.host === 'string';

/** Both together. */
export function mergeGrants(first: Grants, second: Grants): Grants {
  const merged = CAPABILITIES.flatMap((name) => {
    const [a, b] = [first[name], second[name]];
    if (a === undefined && b === undefined) return [];
    return [[name, a === true || b === true ? true : [...new Set([...(a ?? []), ...(b ?? [])])]]];
  });
  return Object.freeze(Object.fromEntries(merged));
}
