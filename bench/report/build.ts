/** From documents to a report. What is missing is said, and leaves a gap instead of a page that does not come. */
import { answersOf } from './answers.ts';
import type { Documents, SuiteDocument } from './documents.ts';
import type { Report, Section } from './model.ts';
import { SECTIONS } from './sections/index.ts';
import { otherSection } from './sections/other.ts';

export function buildReport(documents: Documents): Report {
  const { all, run, broken } = documents;
  const gaps: [string, string][] = broken.map(([file, reason]) => [file, reason]);
  for (const { suite, problem, skipped } of run?.suites ?? []) {
    // What an earlier run has left is shown instead.
    const reason = problem ?? (all.has(suite) ? undefined : skipped);
    if (reason !== undefined) gaps.push([suite, `${reason}.`]);
  }
  const known = Object.keys(SECTIONS);
  const names = [...known.filter((name) => all.has(name)), ...[...all.keys()].filter((name) => !known.includes(name))];
  for (const name of known) {
    if (!all.has(name) && !gaps.some(([suite]) => suite === name))
      gaps.push([name, `It was not run: npm run bench:${name}.`]);
  }
  const sections = names.flatMap((name) => sectionOf(all.get(name) as SuiteDocument, gaps));
  const readable = new Map(sections.map(({ suite }) => [suite, all.get(suite) as SuiteDocument]));
  const quick = new Set(run?.suites.filter((one) => one.isQuick).map(({ suite }) => suite));
  const isQuick = quick.size > 0;
  return {
    machine: run?.machine ?? sections[0]?.machine,
    isQuick,
    command: isQuick ? 'npm run bench:quick' : 'npm run bench',
    gaps,
    answers: answersOf({ ...documents, all: readable }),
    sections: isQuick
      ? sections.map((section) => ({ ...section, command: `${section.command} -- --quick` }))
      : sections,
  };
}

function sectionOf(document: SuiteDocument, gaps: [string, string][]): Section[] {
  try {
    return [(SECTIONS[document.suite] ?? otherSection)(document as never)];
  } catch (error) {
    // Of an earlier version, for example.
    gaps.push([document.suite, `Its document cannot be read: ${(error as Error).message}`]);
    return [];
  }
}
