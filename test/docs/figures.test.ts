/** Figures in documents come from the committed results, or say what they are instead. */
import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { buildReport } from '../../bench/report/build.ts';
import { readDocuments } from '../../bench/report/documents.ts';
import { htmlOf } from '../../bench/report/html/page.ts';
import { markdownOf } from '../../bench/report/markdown.ts';
import { findFigure } from '../../docs/figures/path.ts';
import { RESULTS } from '../../docs/figures/results.ts';
import { experimentsIn, measurementsIn } from '../../docs/figures/scan.ts';
import { WRITTEN } from '../../docs/generate.ts';
import { DEFINITIONS } from './definitions.ts';

const read = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
const scripts = JSON.parse(read('../package.json')).scripts as Record<string, string>;

describe.each(WRITTEN)('%s', (name) => {
  const document = read(name);

  // That filled figures agree with the results is what generated.test.ts looks at.
  it('has no measurement that is neither filled from the results, nor an experiment, nor a definition', () => {
    const definitions = DEFINITIONS[name] ?? {};
    const unknown = measurementsIn(document)
      .filter(
        ({ text, context }) => !Object.keys(definitions).some((said) => said.includes(text) && context.includes(said)),
      )
      .map(({ line, text, context }) => `${name}:${line}: "${text}" in: ${context}`);
    expect(unknown).toEqual([]);
  });

  it('has every definition that is listed for it', () => {
    expect(Object.keys(DEFINITIONS[name] ?? {}).filter((said) => !document.includes(said))).toEqual([]);
  });

  it('names of every experiment its date and a command that is there', () => {
    for (const text of experimentsIn(document)) {
      expect(text).toMatch(/\d{4}-\d\d-\d\d/);
      const script = /`npm run ([\w:-]+)/.exec(text)?.[1];
      expect(script === undefined ? `no command in: ${text.slice(0, 80)}` : Object.keys(scripts)).toContain(script);
    }
  });
});

test('the committed report is made of the committed results (npm run docs)', () => {
  const report = buildReport(readDocuments(RESULTS));
  expect(read('../bench/report/results/report.html')).toBe(htmlOf(report));
  expect(read('../bench/report/results/report.md')).toBe(markdownOf(report));
  expect(report.isQuick).toBe(false);
});

test('a path finds one figure, and says so when it does not', () => {
  const figures = new Map<string, unknown>([
    [
      'a',
      {
        rows: [
          { subject: 'x', size: '1 KB', us: 1.25 },
          { subject: 'x', size: '2 KB', us: 1_500 },
        ],
        summary: { mean: 1.034 },
      },
    ],
  ]);
  expect(findFigure(figures, 'a; x, 1 KB; us as .1')).toBe('1.3');
  expect(findFigure(figures, 'a; x, 2 KB; us as /1000 .2')).toBe('1.50');
  expect(findFigure(figures, 'a; x, 2 KB; us as ,')).toBe('1,500');
  expect(findFigure(figures, 'a; summary; mean as -1 *100 .1')).toBe('3.4');
  expect(findFigure(figures, 'a; rows; max us as .0')).toBe('1500');
  expect(findFigure(figures, 'a; rows; count as ,')).toBe('2');
  expect(findFigure(figures, 'a; x, 1 KB; us as 1/ .2')).toBe('0.80');
  for (const wrong of ['b; x', 'a; x; us', 'a; y; us', 'a; summary; worst', 'a; summary', 'a; summary; mean as x']) {
    expect(() => findFigure(figures, wrong)).toThrow(wrong);
  }
});

test('what looks like a measurement is found, and what is filled, code, a link or an experiment is not', () => {
  const texts = (document: string): string[] => measurementsIn(document).map(({ text }) => text);
  expect(texts('It takes 1.04 of it, 20 µs, 3 ms, 12 MB/s, 64 KiB, 5 %, ± 0.1, 40 times, 2× and 7 million.')).toEqual([
    '1.04',
    '20 µs',
    '3 ms',
    '12 MB/s',
    '64 KiB',
    '5 %',
    '± 0.1',
    '40 times',
    '2×',
    '7 million',
  ]);
  expect(texts('In 10,000 plugins and 34 programs, on Node.js 26, in 2026-11-21, [a](b-1.2.md), `1.2 ms`.')).toEqual(
    [],
  );
  expect(
    texts('<!-- figure: a; b as .2 -->1.20<!-- end --> and\n<!-- experiment -->\n3 ms\n<!-- end -->\n4 ms'),
  ).toEqual(['4 ms']);
  expect(measurementsIn('a\n\n4 ms')[0]?.line).toBe(3);
  expect(texts('```\n4 ms\n```\n\n    5 ms')).toEqual([]);
});
