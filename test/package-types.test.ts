/** The types of the package, as they are built: they hold where users have them checked, without the types of browsers. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));
const BIN = join(REPOSITORY, 'node_modules', '.bin');
/** But for `transform`: its types are those of the compiler, which users bring. */
const ENTRIES = ['index', 'meter/index', 'wasm/index', 'testing/index'];
let built = '';

beforeAll(() => {
  const parent = join(REPOSITORY, 'node_modules', '.cache');
  mkdirSync(parent, { recursive: true });
  // Below node_modules, so that it finds the packages that it depends on.
  built = mkdtempSync(join(parent, 'ringfence-types-'));
  execFileSync(join(BIN, 'tsdown'), ['--out-dir', built, '--logLevel', 'error'], { cwd: REPOSITORY });
}, 120_000);
afterAll(() => rmSync(built, { recursive: true, force: true }));

test('they hold with `skipLibCheck: false`, without lib `dom`', { timeout: 120_000 }, () => {
  const compilerOptions = {
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable'],
    module: 'nodenext',
    types: ['node'],
    strict: true,
    skipLibCheck: false,
    noEmit: true,
  };
  const files = ENTRIES.map((entry) => `${entry}.d.ts`);
  writeFileSync(join(built, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  const { status, stdout } = spawnSync(join(BIN, 'tsc'), ['-p', built], { encoding: 'utf8' });
  expect(stdout).toBe('');
  expect(status).toBe(0);
});
