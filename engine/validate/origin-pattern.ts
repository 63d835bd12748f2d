/**
 * Which origins a permission or a grant means: `https://api.example.com`, `https://*.example.com`, `http://127.0.0.1:8080`,
 * `http://127.0.0.1:*`, `*`. Without a scheme it means https; without a port, the port that the scheme has by default.
 */

export interface OriginPattern {
  /** As it was written. */
  readonly text: string;
  readonly protocol: 'http:' | 'https:';
  /** `host` is the whole name, or what stands behind `*.`, or anything at all. */
  readonly scope: 'host' | 'subdomains' | 'any';
  /** As `URL` writes it; empty for any. */
  readonly host: string;
  /** Empty for the default of the protocol. */
  readonly port: string;
  readonly anyPort: boolean;
}

/** For schemas, which know nothing of URLs: what passes may still be refused by {@link parseOriginPattern}. */
export const ORIGIN_PATTERN =
  '^(?:https?://)?(?:\\*|(?:\\*\\.)?[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\\[[0-9A-Fa-f:.]+\\])(?::(?:[0-9]{1,5}|\\*))?$';
const GRAMMAR =
  /^(?:(https?):\/\/)?(\*(?=$|:)|\*\.)?(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)?(?::(\d{1,5}|\*))?$/i;

/** @returns undefined for what is no pattern: paths, user names, stars elsewhere, hosts that `URL` would write otherwise */
export function parseOriginPattern(text: string): OriginPattern | undefined {
  const match = GRAMMAR.exec(text);
  if (match === null) return undefined;
  const [, scheme = 'https', star = '', name = '', port = ''] = match;
  if ((star === '*') === (name !== '')) return undefined;
  const protocol = `${scheme.toLowerCase()}:` as OriginPattern['protocol'];
  const written = `${protocol}//${name || 'any'}${port === '' || port === '*' ? '' : `:${port}`}`;
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url === undefined || url.port === '0') return undefined;
  // `0x7f.1` would mean 127.0.0.1, and whoever reads the grant should see that. So must be `*.` in front of an address.
  const isAddress = isLiteralHost(url.hostname);
  if (!name.startsWith('[') && name !== '' && url.hostname !== name.toLowerCase()) return undefined;
  if (star === '*.' && isAddress) return undefined;
  return {
    text,
    protocol,
    scope: star === '' ? 'host' : star === '*.' ? 'subdomains' : 'any',
    host: name === '' ? '' : url.hostname,
    port: url.port,
    anyPort: port === '*',
  };
}

/** @param url as `URL` has normalised it, without a dot at the end of its host */
export function matchesOrigin({ protocol, scope, host, port, anyPort }: OriginPattern, url: URL): boolean {
  if (url.protocol !== protocol || !(anyPort || url.port === port)) return false;
  if (scope === 'any') return true;
  return scope === 'subdomains' ? url.hostname.endsWith(`.${host}`) : url.hostname === host;
}

/** A host as `URL` writes it that is an address and no name. */
export function isLiteralHost(hostname: string): boolean {
  return hostname.startsWith('[') || /^\d+\.\d+\.\d+\.\d+$/.test(hostname);
}

/** Names that mean this machine by themselves (RFC 6761): nobody asks DNS for them. */
export function isLocalName(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost');
}

/** Whether every origin that `narrow` means is one that `wide` means. */
export function coversOrigin(wide: OriginPattern, narrow: OriginPattern): boolean {
  return wide.protocol === narrow.protocol && coversPort(wide, narrow) && coversHost(wide, narrow);
}

/** Whether there is an origin that both mean. */
export function originsOverlap(a: OriginPattern, b: OriginPattern): boolean {
  return a.protocol === b.protocol && (coversPort(a, b) || coversPort(b, a)) && (coversHost(a, b) || coversHost(b, a));
}

const coversPort = (wide: OriginPattern, narrow: OriginPattern): boolean =>
  wide.anyPort || (!narrow.anyPort && wide.port === narrow.port);

function coversHost(wide: OriginPattern, narrow: OriginPattern): boolean {
  if (wide.scope === 'any') return true;
  if (wide.scope === narrow.scope && wide.host === narrow.host) return true;
  return wide.scope === 'subdomains' && narrow.scope !== 'any' && narrow.host.endsWith(`.${wide.host}`);
}
