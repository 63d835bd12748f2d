/** Writes the pages of a report. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildReport } from './build.ts';
import { readDocuments } from './documents.ts';
import { htmlOf } from './html/page.ts';
import { markdownOf } from './markdown.ts';

/**
 * @param from folder of the documents
 * @returns the paths of the pages
 */
export function writeReport(from: string, to: string): string[] {
  const report = buildReport(readDocuments(from));
  const pages = [
    [join(to, 'report.html'), htmlOf(report)],
    [join(to, 'report.md'), markdownOf(report)],
  ] as const;
  for (const [path, text] of pages) writeFileSync(path, text);
  return pages.map(([path]) => path);
}
