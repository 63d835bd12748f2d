/**
 * Finds what looks like a measurement in a document: a number with a unit of time, speed, size, share or factor, or with decimals.
 *
 * What is filled from the results is left out, as are code, links, and experiments.
 */

/** On lines of their own. */
const EXPERIMENT = /^<!-- experiment -->\n([\s\S]*?)^<!-- end -->$/gm;
/** Everything between these is not text that a person typed, or is not claimed to hold today. */
const LEFT_OUT: readonly RegExp[] = [
  /^```[\s\S]*?^```$/gm,
  /<!-- (?:figure|generated): [\s\S]*?<!-- end -->/g,
  EXPERIMENT,
  /^ {4,}.*$/gm,
  /`[^`\n]*`/g,
  /\]\([^)\s]*\)/g,
];
const NUMBER = String.raw`(?<![\w.#/-])[±+−-]?\s?\d[\d,]*(?:\.\d+)?`;
const UNIT = String.raw`×|x\b|%|[mµun]s\b|[KMGkT]?i?B(?:\/s)?\b|seconds?\b|minutes?\b|hours?\b|s\b|bytes?\b|times\b|\/s\b|million\b|percent\b|per cent\b`;
const MEASUREMENT = new RegExp(
  `${NUMBER}\\s?(?:${UNIT})|(?<![\\w.])\\d+\\.\\d+(?![\\w.])|±\\s?\\d[\\d.]*(?<=\\d)`,
  'g',
);

export interface Measurement {
  readonly text: string;
  readonly line: number;
  /** The line that it stands in. */
  readonly context: string;
}

export function measurementsIn(document: string): Measurement[] {
  let text = document;
  // Lines stay where they are.
  for (const pattern of LEFT_OUT) text = text.replaceAll(pattern, (part) => part.replaceAll(/[^\n]/g, ' '));
  const original = document.split('\n');
  return text.split('\n').flatMap((line, i) =>
    [...line.matchAll(MEASUREMENT)].map(([found]) => ({
      text: found.trim(),
      line: i + 1,
      context: original[i] ?? '',
    })),
  );
}

/** The texts between `<!-- experiment -->` and `<!-- end -->`. */
export const experimentsIn = (document: string): string[] =>
  [...document.matchAll(EXPERIMENT)].map(([, text = '']) => text);
