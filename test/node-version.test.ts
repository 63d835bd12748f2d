/** An old Node.js is told so, by the same rule as package.json has. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { nodeProblem } from '../engine/node-version.ts';

test.each(['18.20.8', '20.20.2', '22.18.0'])('%s is too old', (version) => {
  expect(nodeProblem(version)).toBe(`Ringfence needs Node.js 22.19 or later, this is ${version}`);
});

test.each(['22.19.0', '24.0.0', '26.10.0'])('%s will do', (version) => {
  expect(nodeProblem(version)).toBeUndefined();
});

test('package.json asks for the same', () => {
  const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } };
  expect(nodeProblem('1.0.0')).toContain(engines.node.replace('>=', ''));
});

test('what older ones do not have is not imported by name: that would end in a SyntaxError before anybody is told', () => {
  const newer = /^import \{[^}]*\b(glob|getCACertificates|DatabaseSync|registerHooks)\b[^}]*\} from 'node:/m;
  const files = readdirSync('engine', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  expect(files.filter((file) => newer.test(readFileSync(`engine/${file}`, 'utf8')))).toEqual([]);
});
