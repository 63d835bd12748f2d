/** What the operator grants of HTTP, as it was written and as it is used. */
import { RingfenceError } from '../../errors.ts';
import type { GrantsInput, HttpGrant } from '../../grants.ts';
import { checkNames } from '../../option-checks.ts';
import { HTTP_METHODS } from '../../validate/http-methods.ts';
import { isLiteralHost, isLocalName, type OriginPattern, parseOriginPattern } from '../../validate/origin-pattern.ts';
import { isPathPrefix } from '../../validate/path-prefix.ts';
import { type Secrets, secretsIn } from '../secrets.ts';
import { isHeader, isHostHeader } from './request.ts';

/** An entry of the grant. */
export interface GrantedOrigin {
  readonly pattern: OriginPattern;
  /** Undefined: those that are asked for. */
  readonly methods: readonly string[] | undefined;
  readonly paths: readonly string[] | undefined;
  readonly allowPrivate: boolean;
  readonly headers: readonly InjectedHeader[];
  readonly cookies: boolean;
}

/** A header that the host sets. */
export interface InjectedHeader {
  /** In lower case. */
  readonly name: string;
  readonly value: string;
  /** Names and values of the secrets in it. */
  readonly secrets: readonly (readonly [name: string, value: string])[];
}

/** The narrower an entry, the sooner it counts. */
const NARROWNESS: Readonly<Record<OriginPattern['scope'], number>> = { host: 0, subdomains: 1, any: 2 };

/**
 * The entries of a grant, those that name a host before those that name many.
 * @throws INVALID_OPTION
 */
export function fillHttpGrants(given: GrantsInput['http'], secrets: Secrets): readonly GrantedOrigin[] | true {
  if (given === true) return true;
  const filled = (given || []).map((entry, i) => {
    const option = `grants.http[${i}]`;
    return fillGrant(typeof entry === 'string' ? { host: entry } : entry, option, secrets);
  });
  return filled.sort((a, b) => rank(a.pattern) - rank(b.pattern) || b.pattern.host.length - a.pattern.host.length);
}

const rank = ({ scope, anyPort }: OriginPattern): number => NARROWNESS[scope] * 2 + (anyPort ? 1 : 0);

function fillGrant(given: HttpGrant, option: string, secrets: Secrets): GrantedOrigin {
  checkNames(option, given, ['host', 'methods', 'paths', 'allowPrivate', 'headers', 'cookies']);
  const { host, methods, paths, headers = {}, cookies = false } = given;
  const pattern = typeof host === 'string' ? parseOriginPattern(host) : undefined;
  if (pattern === undefined) {
    throw invalid(
      option,
      'an origin such as "https://api.example.com", "https://*.example.com" or "http://127.0.0.1:*"',
      host,
    );
  }
  const isPrivateByName = isLiteralHost(pattern.host) || (pattern.scope === 'host' && isLocalName(pattern.host));
  const { allowPrivate = isPrivateByName } = given;
  if (allowPrivate && pattern.scope === 'any')
    throw invalid(`${option}.allowPrivate`, 'a grant of private addresses to name its host', host);
  check(option, 'allowPrivate', allowPrivate, typeof allowPrivate === 'boolean', 'true or false');
  check(option, 'cookies', cookies, typeof cookies === 'boolean', 'true or false');
  check(
    option,
    'methods',
    methods,
    isListOf(methods, (method) => HTTP_METHODS.includes(method as never)),
    `a list of ${HTTP_METHODS.join(', ')}`,
  );
  check(option, 'paths', paths, isListOf(paths, isPathPrefix), 'a list of paths such as "/v1"');
  if (typeof headers !== 'object' || headers === null)
    throw invalid(`${option}.headers`, 'an object of strings', headers);
  return {
    pattern,
    methods,
    paths,
    allowPrivate,
    cookies,
    headers: Object.entries(headers).map(([name, value]) => fillHeader(name, value, option, secrets)),
  };
}

function fillHeader(name: string, template: unknown, option: string, secrets: Secrets): InjectedHeader {
  const where = `${option}.headers`;
  if (!isHeader(name, template)) throw invalid(where, 'header names with one line of text each', name);
  const lower = name.toLowerCase();
  if (isHostHeader(lower)) throw invalid(where, 'headers that do not belong to the connection', name);
  const used = secretsIn(template).map((secret) => {
    const value = secrets.get(secret);
    if (value === undefined) throw invalid(where, `the secret ${secret} among the option \`secrets\``, template);
    return [secret, value] as const;
  });
  return { name: lower, value: secrets.fill(template), secrets: used };
}

const isListOf = (list: unknown, isMember: (text: string) => boolean): boolean =>
  list === undefined || (Array.isArray(list) && list.every((item) => typeof item === 'string' && isMember(item)));

function check(option: string, name: string, value: unknown, isRight: boolean, expected: string): void {
  if (!isRight) throw invalid(`${option}.${name}`, expected, value);
}

function invalid(option: string, expected: string, came: unknown): RingfenceError {
  return new RingfenceError(
    'INVALID_OPTION',
    `Expected ${expected}, got ${JSON.stringify(came)} (option \`${option}\`)`,
    {
      stage: 'options',
      details: { option, given: came },
    },
  );
}
