/** What the operator lets a plugin do, by capability: the other half of what its manifest asks for. */
import { checkNames, invalid, show } from './option-checks.ts';

/**
 * Effective is what the manifest asks for and this grants. Of a list, `true` grants whatever the manifest asks for, in later
 * versions too; a list grants what is in it.
 */
export interface GrantsInput {
  /** Origins such as `https://api.example.com`. @default none */
  readonly http?: readonly string[] | boolean | undefined;
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
export type Grants = { readonly [name in Capability]?: readonly string[] | true };

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

/** What the items themselves mean is checked where they are matched. @throws INVALID_OPTION */
export function fillGrants(given: GrantsInput = {}): Grants {
  checkNames('grants', given, CAPABILITIES);
  const granted = CAPABILITIES.flatMap((name) => {
    const grant = checkGrant(name, given[name]);
    return grant === undefined ? [] : [[name, grant]];
  });
  return Object.freeze(Object.fromEntries(granted));
}

function checkGrant(name: Capability, grant: unknown): readonly string[] | true | undefined {
  if (grant === undefined || grant === false) return undefined;
  if (grant === true) return true;
  const isList = Array.isArray(grant) && grant.every((item) => typeof item === 'string' && item !== '');
  if (KINDS[name] === 'list' && isList) return grant.length === 0 ? undefined : Object.freeze([...grant]);
  const expected = KINDS[name] === 'list' ? 'a list of texts, or true or false' : 'true or false';
  throw invalid(`Expected the grant \`${name}\` to be ${expected}, got ${show(grant)}`, { option: `grants.${name}` });
}

/** Both together. */
export function mergeGrants(first: Grants, second: Grants): Grants {
  const merged = CAPABILITIES.flatMap((name) => {
    const [a, b] = [first[name], second[name]];
    if (a === undefined && b === undefined) return [];
    return [[name, a === true || b === true ? true : [...new Set([...(a ?? []), ...(b ?? [])])]]];
  });
  return Object.freeze(Object.fromEntries(merged));
}
