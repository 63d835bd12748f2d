/** Relative links in the documents lead to files and headings that exist. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const documents = [
  'README.md',
  ...readdirSync(new URL('docs/', root))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

const read = (url: URL): string => readFileSync(url, 'utf8');
const withoutCode = (text: string): string => text.replaceAll(/^```[\s\S]*?^```$/gm, '');

/** Anchors as they are made of headings: lower case, spaces to hyphens, other marks left out. */
function anchorsOf(text: string): Set<string> {
  return new Set(
    [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

function problemWith(link: string, from: URL): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined;
  const target = new URL(link, from);
  const anchor = decodeURIComponent(target.hash.slice(1));
  target.hash = '';
  if (!existsSync(fileURLToPath(target))) return `${link}: no such file`;
  if (anchor !== '' && !anchorsOf(read(target)).has(anchor)) return `${link}: no such heading`;
  return undefined;
}

it.each(documents)('links of %s resolve', (name) => {
  const url = new URL(name, root);
  const links = [...withoutCode(read(url)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  expect(links.flatMap((link) => problemWith(link, url) ?? [])).toEqual([]);
});

it('links are found at all', () => {
  expect(read(new URL('README.md', root))).toMatch(/\]\(docs\//);
  expect(problemWith('docs/NOWHERE.md', root)).toBeDefined();
  expect(problemWith('README.md#nowhere', root)).toBeDefined();
});
