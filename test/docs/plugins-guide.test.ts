/** The plugins that the guide for authors shows build, and it names all that the SDK exports. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPlugin } from '../../engine/build/index.ts';
import { createEngine } from '../../engine/index.ts';
import { canSuspend } from '../../engine/runtime/jspi.ts';
import { MANIFEST_SCHEMA } from '../../engine/validate/manifest-schema.ts';

const root = new URL('../../', import.meta.url);
const guide = readFileSync(new URL('docs/PLUGINS.md', root), 'utf8');
const examples = [...guide.matchAll(/^```typescript\n(\/\/ assembly\/index\.ts\n[\s\S]*?)^```$/gm)].map(
  ([, text = '']) => text,
);
const manifest = {
  name: 'example',
  version: '1.0.0',
  permissions: { http: [{ host: 'https://weather.example.com', reason: 'reads temperatures' }] },
};
let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'ringfence-guide-'));
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
      const plugin = await engine.load(await build(examples[0] ?? '', 'divide'), { grants: { http: true } });
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

  it('shows a plugin that uses the whole SDK', async () => {
    expect((await build(examples[1] ?? '', 'weather')).length).toBeGreaterThan(0);
    expect(examples.length).toBe(2);
  });

  // `await using` is newer than the oldest Node.js that plugins run on.
  it.runIf(canSuspend)('shows a test, which passes', async () => {
    const [, text = ''] = /^```ts\n(import assert[\s\S]*?)^```$/m.exec(guide) ?? [];
    const author = join(dir, 'author');
    mkdirSync(join(author, 'build'), { recursive: true });
    writeFileSync(join(author, 'build/weather.wasm'), await build(examples[1] ?? '', 'weather'));
    const harness = new URL('engine/testing/index.ts', root).href;
    writeFileSync(join(author, 'weather.test.mjs'), text.replace("'ringfence/testing'", `'${harness}'`));
    const options = { cwd: author, encoding: 'utf8', timeout: 60_000 } as const;
    const output = execFileSync(process.execPath, ['--test', '--test-reporter=tap', 'weather.test.mjs'], options);
    expect(output).toContain('# pass 1');
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
