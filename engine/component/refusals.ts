/** Refusals that several steps of linking share. */
import { RingfenceError } from '../errors.ts';

export const composed = (what: string): RingfenceError =>
  new RingfenceError(
    'UNSUPPORTED_FEATURE',
    `the component is composed of several that call each other (${what}): build it as one`,
    { stage: 'validate', details: { feature: 'composed components', what } },
  );

/** @param what of the component deals in strings */
export const notUtf8 = (what: string, encoding: string): RingfenceError =>
  new RingfenceError(
    'UNSUPPORTED_FEATURE',
    `the component has strings of ${what} as ${encoding}: build it with UTF-8`,
    { stage: 'validate', details: { feature: 'string encoding', encoding } },
  );
