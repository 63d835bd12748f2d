/** What every check of options shares: unknown names are errors, and messages say what came. */
import { RingfenceError } from './errors.ts';
import { knownNames } from './near-miss.ts';

/**
 * The one place that refuses names which nobody reads.
 * @throws INVALID_OPTION listing the valid names.
 */
export function checkNames(where: string, given: object, names: readonly string[]): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalid(`Expected the options of \`${where}\` to be an object, got ${show(given)}`, { where });
  }
  for (const name of Object.keys(given)) {
    if (!names.includes(name)) {
      throw invalid(
        `Unknown option ${JSON.stringify(name)} of \`${where}\`. ${knownNames(name, names, 'Options are')}`,
        {
          where,
          option: name,
          names,
        },
      );
    }
  }
}

export function invalid(message: string, details: Readonly<Record<string, unknown>>): RingfenceError {
  return new RingfenceError('INVALID_OPTION', message, { stage: 'options', details });
}

/** A value in a message: JSON where that works, with its type. */
export function show(value: unknown): string {
  if (typeof value === 'function' || typeof value === 'symbol' || value === undefined)
    return String(value).slice(0, 60);
  try {
    const text = JSON.stringify(value) ?? String(value);
    return `${text.length > 60 ? `${text.slice(0, 60)}…` : text} (${value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value})`;
  } catch {
    return `a value that JSON cannot carry (${typeof value})`;
  }
}
