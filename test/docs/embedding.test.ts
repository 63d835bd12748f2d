/** The host functions that the guide for applications shows work as they stand there, with the plugin beside them. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildPlugin } from '../../engine/build/index.ts';
import { canSuspend } from '../../engine/runtime/jspi.ts';

const root = new URL('../../', import.meta.url);
const [, chapter = ''] =
  /^## Host functions of your own\n([\s\S]*?)^## /m.exec(readFileSync(new URL('docs/EMBEDDING.md', root), 'utf8')) ??
  [];
const block = (language: string): string =>
  new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(chapter)?.[1] ?? '';
let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'ringfence-embedding-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

it.runIf(canSuspend)('host functions of an application', async () => {
  const source = join(dir, 'plugin');
  mkdirSync(join(source, 'assembly'), { recursive: true });
  writeFileSync(join(source, 'plugin.json'), block('json'));
  writeFileSync(join(source, 'assembly/index.ts'), block('typescript'));
  await buildPlugin({ source, outDir: dir });
  const file = join(dir, 'application.ts');
  // The package is not built here: its sources stand in for it.
  writeFileSync(file, block('ts').replace("'ringfence'", `'${new URL('engine/index.ts', root)}'`));
  const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: dir });
  expect(stdout.trimEnd().split('\n')).toEqual([
    'ada was here about 40 times',
    expect.stringContaining('visits: there is no user bob'),
  ]);
});
