/** What is wrong with a configuration: each problem with its file, line, column and path, all of them in one error. */
import { RingfenceError } from '../../errors.ts';
import { escapeInvisible } from '../../validate/quote.ts';
import { shortPath } from '../../validate/schema-errors.ts';

/** A place in a text, from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong. */
export interface ConfigurationProblem {
  /** JSON pointer of the value; empty for the whole document. */
  readonly path: string;
  /** What was expected, and what came. */
  readonly message: string;
  /** Undefined for a configuration that is not a text. */
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** Where the values of a document stand. */
export interface Locations {
  /** The file as messages name it; undefined for an object. */
  readonly file: string | undefined;
  /**
   * Where a value stands, by its JSON pointer: for what is not there, the nearest thing around it that is.
   * @param part the value, or the name in front of it
   */
  readonly locate: (path: string, part?: 'value' | 'name') => TextPlace | undefined;
  /** Whether the text has a value there. */
  readonly has: (path: string) => boolean;
}

const SHOWN = 20;

/** Thrown while a document is read: becomes an INVALID_CONFIG where the file is known. */
export class DocumentProblem extends Error {
  override readonly name = 'DocumentProblem';
  readonly path: string;
  readonly place: TextPlace | undefined;

  constructor(path: string, message: string, place?: TextPlace) {
    super(message);
    this.path = path;
    this.place = place;
  }
}

/**
 * The error of a configuration: its message has a line for each problem, `details.problems` has them as data.
 * @param file as messages name it; undefined for an object
 */
export function invalidConfiguration(
  file: string | undefined,
  problems: readonly ConfigurationProblem[],
  cause?: unknown,
): RingfenceError {
  const lines = problems.slice(0, SHOWN).map((problem) => describeProblem(file, problem));
  if (problems.length > SHOWN) lines.push(`and ${problems.length - SHOWN} more`);
  const message = lines.length === 1 ? ` ${lines[0]}` : lines.map((line) => `\n  ${line}`).join('');
  return new RingfenceError('INVALID_CONFIG', `The configuration is not valid:${message}`, {
    stage: 'options',
    details: { file, problems },
    cause,
  });
}

/** "ringfence.yaml:3:5: /plugins/words/limits: …": a place in the form that editors and terminals make clickable. */
export function describeProblem(
  file: string | undefined,
  { path, message, line, column }: ConfigurationProblem,
): string {
  const place = file === undefined ? '' : line === undefined ? `${file}: ` : `${file}:${line}:${column}: `;
  // Of the text that is wrong, and of names of files: neither is ours.
  return escapeInvisible(`${place}${path === '' ? '' : `${shortPath(path)}: `}${message}`);
}
