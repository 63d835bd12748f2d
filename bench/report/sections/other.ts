/** A section of a suite that has none of its own: every list of its document as a table. */
import type { Machine } from '../../support/machine.ts';
import type { Block, Section } from '../model.ts';
import { short } from '../numbers.ts';

type Plain = Readonly<Record<string, unknown>>;
const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function otherSection(document: Plain): Section {
  const suite = String(document.suite);
  const lists = Object.entries(document).filter(
    (entry): entry is [string, Plain[]] => Array.isArray(entry[1]) && entry[1].length > 0 && entry[1].every(isPlain),
  );
  return {
    suite,
    title: suite,
    what: '',
    baseline: '',
    read: '',
    command: `npm run bench:${suite}`,
    machine: document.machine as Machine | undefined,
    blocks: lists.map(([name, rows]): Block => {
      const keys = [...new Set(rows.flatMap((row) => Object.keys(row).filter((key) => !isComposite(row[key]))))];
      return {
        kind: 'table',
        title: name,
        columns: keys.map((key) => ({ text: key, isNumber: rows.every((row) => typeof row[key] !== 'string') })),
        rows: rows.map((row) => keys.map((key) => textOf(row[key]))),
      };
    }),
  };
}

const isComposite = (value: unknown): boolean => typeof value === 'object' && value !== null;
const textOf = (value: unknown): string =>
  typeof value === 'number' ? (Number.isInteger(value) ? String(value) : short(value)) : String(value ?? '-');
