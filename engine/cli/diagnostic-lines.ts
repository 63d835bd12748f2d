/** A message of the compiler with the line of source that it is about. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Diagnostic, formatDiagnostic } from '../build/diagnostics.ts';
import { LIBRARY_PREFIX } from '../build/source-files.ts';
import { notes, printable } from './terminal.ts';

const COLOURS = { error: 'red', warning: 'yellow', info: 'cyan' } as const;

/** Errors, and what the author can do something about: a warning about a library is for those who write it. */
export function shownDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.filter(({ severity, file }) => severity === 'error' || !file?.startsWith(LIBRARY_PREFIX));
}

/** @param dir of the plugin, which the paths of its own files start from; without it the source line is left out */
export function diagnosticLines(diagnostic: Diagnostic, dir: unknown): string[] {
  const { severity, line, column = 1 } = diagnostic;
  const text = printable(formatDiagnostic(diagnostic));
  const painted = text.replace(new RegExp(`\\b${severity}\\b`), notes.paint(COLOURS[severity], severity));
  const source = typeof dir === 'string' ? sourceLine(diagnostic, dir) : undefined;
  if (line === undefined || source === undefined) return [painted];
  const gutter = `  ${line} | `;
  const before = expandTabs(source.slice(0, column - 1)).length;
  return [
    painted,
    notes.paint('dim', gutter) + printable(expandTabs(source)),
    `${' '.repeat(gutter.length + before)}${notes.paint(COLOURS[severity], '^')}`,
  ];
}

/** The line of source at a place, with a mark under the column; none for what is not a file of the plugin's own. */
export function excerptLines(
  place: { readonly file: string; readonly line: number; readonly column: number },
  dir: string,
): string[] {
  const [, ...lines] = diagnosticLines({ ...place, severity: 'error', message: '' }, dir);
  return lines;
}

const expandTabs = (text: string): string => text.replaceAll('\t', '  ');

/** Undefined for what is not a file of the plugin's own, or is gone. */
function sourceLine({ file, line }: Diagnostic, dir: string): string | undefined {
  if (file === undefined || line === undefined || file.startsWith(LIBRARY_PREFIX)) return undefined;
  try {
    return readFileSync(resolve(dir, file), 'utf8').split(/\r?\n/)[line - 1];
  } catch {
    return undefined;
  }
}
