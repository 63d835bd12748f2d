/** A fuel profile for people: the file that flame graph tools read, and the top of it. */
import { writeFile } from 'node:fs/promises';
import { collapsedStacks, type FuelProfile, profiledFunctions } from '../index.ts';
import { frameText } from '../runtime/fuel-profile.ts';
import { tableLines } from './table.ts';
import { notes, printable } from './terminal.ts';
import { formatCount } from './units.ts';
import { formatShare } from './usage-table.ts';

const SHOWN = 10;

/** @throws what the system says about the file */
export async function writeProfile(file: string, profile: FuelProfile): Promise<void> {
  await writeFile(file, collapsedStacks(profile));
  notes.line();
  for (const line of profileLines(profile)) notes.line(notes.paint('dim', line));
  notes.line(notes.paint('dim', `profile: ${file} (collapsed stacks, for flame graph tools)`));
}

/** The functions that used the most fuel of their own. */
function profileLines(profile: FuelProfile): string[] {
  const { total } = profile;
  const functions = profiledFunctions(profile);
  const share = (fuel: number): string => formatShare(total === 0 ? 0 : fuel / total);
  const rows = functions
    .slice(0, SHOWN)
    .map(({ frame, self, total: all }) => [
      formatCount(self),
      share(self),
      formatCount(all),
      share(all),
      printable(frameText(frame)),
    ]);
  const columns = [
    { title: 'own fuel', align: 'right' },
    { align: 'right' },
    { title: 'with callees', align: 'right' },
    { align: 'right' },
    { title: 'function' },
  ] as const;
  const more = functions.length - SHOWN;
  return [...tableLines(columns, rows), ...(more > 0 ? [`and ${formatCount(more)} more`] : [])];
}
