/** Paths below which a permission or a grant lets requests go: `/v1` means `/v1`, `/v1/` and `/v1/songs`, not `/v10`. */

/** For schemas. A prefix is written as it stands in a URL, without anything that is encoded. */
export const PATH_PREFIX_PATTERN = "^/(?:[A-Za-z0-9._~!$&'()*+,=:@-]+(?:/[A-Za-z0-9._~!$&'()*+,=:@-]+)*/?)?$";
const GRAMMAR = new RegExp(PATH_PREFIX_PATTERN);

export function isPathPrefix(text: string): boolean {
  return GRAMMAR.test(text) && !text.split('/').some(isDots);
}

/**
 * @param path of a URL, as `URL` has normalised it
 * @returns also false for paths that some servers read as another one: with an encoded slash, backslash, percent sign or dot
 */
export function isBelow(prefixes: readonly string[], path: string): boolean {
  if (/%(?:2f|5c|25|2e|00)|[\\;]/i.test(path) || path.includes('//') || path.split('/').some(isDots)) return false;
  return prefixes.some((prefix) => path === prefix || path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`));
}

const isDots = (segment: string): boolean => segment === '.' || segment === '..';
