/**
 * Which origins a permission or a grant means: `https://api.example.com`, `https://*.example.com`, `http://127.0.0.1:8080`,
 * `http://127.0.0.1:*`. A host without a scheme means https; without a port, the port that the scheme has by default.
 */
import { RingfenceError } from '../errors.ts';

export interface OriginPattern {
  /** As it was written. */
  readonly text: string;
  readonly protocol: string;
  /** Normalised as `URL` does it; of a pattern with `*.` the part behind it. */
  readonly host: string;
  /** Matches the names below `host`, not `host` itself. */
  readonly subdomains: boolean;
  /** Empty for the default of the protocol. */
  readonly port: string;
  readonly anyPort: boolean;
}

const GRAMMAR = /^(?:(https?):\/\/)?(\*\.)?(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::(\d{1,5}|\*))?$/i;

/** @throws INVALID_OPTION */
export function parseOriginPattern(text: unknown): OriginPattern {
  const match = typeof text === 'string' ? GRAMMAR.exec(text) : null;
  const [, scheme = 'https', star, name = '', port = ''] = match ?? [];
  const written = `${scheme.toLowerCase()}://${name}${port === '' || port === '*' ? '' : `:${port}`}`;
  if (match === null || !URL.canParse(written)) {
    throw new RingfenceError(
      'INVALID_OPTION',
      `Expected an origin such as "https://api.example.com", "https://*.example.com" or "http://127.0.0.1:*", got ${JSON.stringify(text)}`,
      { stage: 'options', details: { option: 'grants.http', given: text } },
    );
  }
  const url = new URL(written);
  return {
    text: text as string,
    protocol: url.protocol,
    host: url.hostname,
    subdomains: star !== undefined,
    port: url.port,
    anyPort: port === '*',
  };
}

export function matchesOrigin(pattern: OriginPattern, url: URL): boolean {
  const host = url.hostname.replace(/\.$/, '');
  return (
    url.protocol === pattern.protocol &&
    (pattern.anyPort || url.port === pattern.port) &&
    (pattern.subdomains ? host.endsWith(`.${pattern.host}`) : host === pattern.host)
  );
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

const coversHost = (wide: OriginPattern, narrow: OriginPattern): boolean =>
  (wide.subdomains === narrow.subdomains && wide.host === narrow.host) ||
  (wide.subdomains && narrow.host.endsWith(`.${wide.host}`));
