/** Traps with lines: from the source map beside a plugin, and from nothing that only looks like one. */
import { rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { buildPlugin } from '../../engine/build/index.ts';
import { createEngine } from '../../engine/index.ts';
import { readLineMap } from '../../engine/runtime/source-map.ts';
import type { TrapFrame } from '../../engine/runtime/trap-frame.ts';
import { pluginWith } from '../build/support/plugin-dir.ts';
import { failure } from '../support/errors.ts';

const SOURCE = `
export function risky(n: i32): i32 {
  return divide(100, n - 3);
}
function divide(a: i32, b: i32): i32 {
  return a / b;
}
`;

describe('a trap in a plugin that was built', async () => {
  for (const release of [true, false]) {
    test(`names file, line and column of the source (${release ? 'release' : 'debug'})`, async () => {
      using dir = pluginWith(SOURCE);
      const { file } = await buildPlugin({ source: dir.path, release });
      await using engine = await createEngine();
      const plugin = await engine.load(file!);
      const error = await failure(() => plugin.call('risky', 3), 'TRAP');
      const [first] = error.details.frames as readonly TrapFrame[];
      expect(first?.source).toEqual({ file: 'assembly/index.ts', line: 6, column: 10 });
      expect(error.message).toContain('(assembly/index.ts:6:10)');
    });
  }

  test('is told without lines where there is no map, or one that is none', async () => {
    using dir = pluginWith(SOURCE);
    const { file } = await buildPlugin({ source: dir.path });
    const maps = [undefined, '', '[]', '{"version":3}', '{"version":3,"sources":[{}],"names":[],"mappings":"AAAA"}'];
    for (const map of maps) {
      if (map === undefined) rmSync(`${file}.map`);
      else writeFileSync(`${file}.map`, map);
      await using engine = await createEngine();
      const plugin = await engine.load(file!);
      const error = await failure(() => plugin.call('risky', 3), 'TRAP');
      const [first] = error.details.frames as readonly TrapFrame[];
      expect(first).toMatchObject({ index: expect.any(Number), offset: expect.any(Number) });
      expect(first).not.toHaveProperty('source');
    }
  });
});

describe('a hostile map', () => {
  const mapOf = (mappings: string, source = 'a.ts'): ReturnType<typeof readLineMap> => {
    using dir = pluginWith('');
    const path = `${dir.path}/p.wasm`;
    writeFileSync(`${path}.map`, JSON.stringify({ version: 3, sources: [source], names: [], mappings }));
    return readLineMap(path);
  };

  test('cannot steer the terminal, nor fill it', () => {
    const file = mapOf('AAAA', `\u001b[2J${'x'.repeat(10_000)}`)?.placeOf(5)?.file ?? '';
    expect(file).toMatch(/^\\u001b/);
    expect(file.length).toBeLessThan(300);
  });

  test('is not read where it is huge', () => {
    expect(mapOf('AAAA;'.repeat(300_000))).toBeUndefined();
  });

  test('with numbers out of range gives nothing, and does not throw', () => {
    for (const mappings of ['', ';;;', ',,,,', 'A', 'AgggggggggggggggA', 'AAAAA', 'ADDD', '////', 'AEAA']) {
      const map = mapOf(mappings);
      for (const offset of [0, 1, 2 ** 31, 2 ** 32]) {
        const place = map?.placeOf(offset);
        if (place !== undefined) expect(place.file).toBe('a.ts');
      }
    }
  });
});
