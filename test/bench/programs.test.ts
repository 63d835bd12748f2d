import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Language, PROGRAMS, readProgram } from '../../bench/programs/programs.ts';

const SOURCES: Readonly<Record<Language, readonly [folder: string, extension: string]>> = {
  assemblyscript: ['assembly', 'ts'],
  c: ['c', 'c'],
  rust: ['rust', 'rs'],
};
const root = join(import.meta.dirname, '../../bench/programs');

describe('benchmark programs', () => {
  test.each(PROGRAMS)('$name answers what it should', (program) => {
    const module = new WebAssembly.Module(readProgram(program));
    expect(WebAssembly.Module.imports(module)).toEqual([]);
    const { run } = new WebAssembly.Instance(module).exports as { run: (n: number) => number };
    const { n, expected } = program.small;
    expect([run(n), run(n)]).toEqual([expected, expected]);
  });

  test('sources, artefacts and rows are the same set', () => {
    for (const { name, language } of PROGRAMS) {
      const [folder, extension] = SOURCES[language];
      expect(existsSync(join(root, folder, `${name}.${extension}`)), name).toBe(true);
    }
    expect(readdirSync(join(root, 'wasm')).sort()).toEqual(PROGRAMS.map(({ name }) => `${name}.wasm`).sort());
  });
});
