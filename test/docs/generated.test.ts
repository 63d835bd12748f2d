/** The documents that are made from the engine's tables are those that are committed. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generatedDocuments } from '../../docs/generate.ts';
import { ERRORS } from '../../engine/errors.ts';
import { LIMIT_NAMES } from '../../engine/limits.ts';
import { OPCODES } from '../../engine/wasm/index.ts';

const committed = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

describe('generated documents', () => {
  it.each([...generatedDocuments()])('%s is up to date (npm run docs)', (name, text) => {
    expect(committed(name)).toBe(text);
  });

  it('name every error code, every limit and no unknown instruction', () => {
    const errors = committed('ERRORS.md');
    expect(Object.keys(ERRORS).filter((code) => !errors.includes(`\`${code}\``))).toEqual([]);
    const limits = committed('LIMITS.md');
    expect(LIMIT_NAMES.filter((name) => !limits.includes(`\`${name}\``))).toEqual([]);
    const listed = [...committed('COSTS.md').matchAll(/```text\n([\s\S]*?)```/g)].flatMap(([, names = '']) =>
      names.trim().split(/\s+/),
    );
    const known = new Set(OPCODES.map(({ name }) => name));
    expect(listed.length).toBeGreaterThan(400);
    expect(new Set(listed).size).toBe(listed.length);
    expect(listed.filter((name) => !known.has(name))).toEqual([]);
  });
});
