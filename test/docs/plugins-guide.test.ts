/** The plugins that the guide for authors shows build, and it names all that the SDK exports. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPlugin } from '../../engine/build/index.ts';
import { createEngine } from '../../engine/index.ts';
import { MANIFEST_SCHEMA } from '../../engine/validate/manifest-schema.ts';

const root = new URL('../../', import.meta.url);
const guide = readFileSync(new URL('docs/PLUGINS.md', root), 'utf8');
const examples = [...guide.matchAll(/^```typescript\n(\/\/ assembly\/index\.ts\n[\s\S]*?)^```$/gm)].map(
  ([, text = '']) => text,
);
/** That of the larger example. */
const manifest = JSON.parse(/^```json\n(\{\n {2}"name": "weather"[\s\S]*?)^```$/m.exec(guide)?.[1] ?? '') as object;
let dir: string;

beforeAll(() => {
  // Below the repository, so that its packages are found.
  const parent = new URL('node_modules/.cache/', root).pathname;
  mkdirSync(parent, { recursive: true });
  dir = mkdtempSync(join(parent, 'ringfence-guide-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function build(source: string, name: string): Promise<Uint8Array> {
  const plugin = join(dir, name);
  mkdirSync(join(plugin, 'assembly'), { recursive: true });
  writeFileSync(join(plugin, 'plugin.json'), JSON.stringify(manifest));
  writeFileSync(join(plugin, 'assembly/index.ts'), source);
  const { wasm, warnings } = await buildPlugin({ source: plugin, outDir: false });
  expect(warnings).toEqual([]);
  return wasm;
}

describe('the guide for authors', () => {
  it('shows a plugin that divides', async () => {
    const engine = await createEngine();
    try {
      const plugin = await engine.load(await build(examples[0] ?? '', 'divide'), {
        grants: { http: true, kv: true },
      });
      expect(await plugin.call('divide', { a: 7, b: 2 })).toBe(3.5);
      expect(await plugin.call('divide', 7)).toBe(7);
      await expect(plugin.call('divide', { a: 1, b: 0 })).rejects.toMatchObject({
        code: 'GUEST_ERROR',
        details: { code: 'DIVIDE_BY_ZERO' },
      });
    } finally {
      await engine.close();
    }
  });

  it('shows a plugin with HTTP, data and configuration, and its test, which passes', async () => {
    const [, test = ''] = /^```ts\n(\/\/ test\/plugin\.test\.ts[\s\S]*?)^```$/m.exec(guide) ?? [];
    const author = join(dir, 'author');
    mkdirSync(join(author, 'build'), { recursive: true });
    mkdirSync(join(author, 'test'));
    writeFileSync(join(author, 'build/weather.wasm'), await build(examples[1] ?? '', 'weather'));
    const harness = new URL('engine/testing/index.ts', root).pathname;
    writeFileSync(join(author, 'test/plugin.test.ts'), test.replace("'ringfence/testing'", `'${harness}'`));
    writeFileSync(join(author, 'vitest.config.mjs'), "export default { test: { root: '.' } };");
    const vitest = new URL('node_modules/vitest/vitest.mjs', root).pathname;
    const options = { cwd: author, encoding: 'utf8', timeout: 60_000 } as const;
    execFileSync(process.execPath, [vitest, 'run', '--reporter=json', '--outputFile=report.json'], options);
    expect(JSON.parse(readFileSync(join(author, 'report.json'), 'utf8'))).toMatchObject({
      success: true,
      numPassedTests: 1,
    });
    expect(examples.length).toBe(2);
  });

  it('names everything that the SDK exports', () => {
    const source = readFileSync(new URL('guest-sdk/assembly/index.ts', root), 'utf8');
    const names = [...source.matchAll(/^export \{ (.+) \} from/gm)].flatMap(([, list = '']) => list.split(', '));
    expect(names.length).toBeGreaterThan(5);
    expect(names.filter((name) => !new RegExp(`\`${name}\\b`).test(guide))).toEqual([]);
  });

  it('names every field of the manifest and every permission', () => {
    const { properties } = MANIFEST_SCHEMA;
    const names = [...Object.keys(properties), ...Object.keys(properties.permissions.properties)];
    expect(names.filter((name) => !guide.includes(`\`${name}\``))).toEqual([]);
  });
});
