/** Each rule in SECURITY.md names a test that there is. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const page = new URL('../../docs/SECURITY.md', import.meta.url);
const ROW = /^\| .+ \| \[[^\]]+\]\(([^)]+)\) “(.+)” \|$/gm;

it('names tests by their titles', () => {
  const rows = [...readFileSync(page, 'utf8').matchAll(ROW)].map(([, file = '', title = '']) => ({ file, title }));
  expect(rows.length).toBeGreaterThan(150);
  const missing = rows.filter(({ file, title }) => !readFileSync(new URL(file, page), 'utf8').includes(title));
  expect(missing).toEqual([]);
  // A row that is written otherwise would not be looked at.
  const links = [...readFileSync(page, 'utf8').matchAll(/^\|.*\.test\.ts\).*$/gm)].map(([line]) => line);
  expect(links.filter((line) => line.match(ROW) === null)).toEqual([]);
});
