import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { FuelRow } from './support/fuel-child.ts';

const SEEDS = 300;
const NODES = join(import.meta.dirname, '../nodes/node_modules');
const versions = ['22', '24'].map((version) => ({ version, path: join(NODES, `node-${version}`, 'bin/node') }));
const installed = versions.filter(({ path }) => existsSync(path));
if (installed.length < versions.length) {
  console.warn('skipped: fuel on other versions of Node.js (npm ci --prefix test/nodes installs them)');
}

/** What each module uses, under one Node.js. With `flags` also under one of V8's compilers alone. */
function fuelUnder(path: string, flags: readonly string[] = []): FuelRow[] {
  const child = join(import.meta.dirname, 'support/fuel-child.ts');
  const args = [...flags, '--disable-warning=ExperimentalWarning', child, '0', String(SEEDS)];
  return JSON.parse(execFileSync(path, args, { encoding: 'utf8', maxBuffer: 1 << 26 })) as FuelRow[];
}

describe('fuel does not depend on where it is counted', () => {
  let here: FuelRow[] = [];
  beforeAll(() => {
    here = fuelUnder(process.execPath);
  });

  const expectSame = (there: readonly FuelRow[]): void => {
    // Older versions cannot compile everything.
    const both = there.filter(({ steps }) => steps !== undefined).map(({ name }) => name);
    expect(both.length).toBeGreaterThan(SEEDS / 2);
    const known = new Set(both);
    expect(there.filter(({ name }) => known.has(name))).toEqual(here.filter(({ name }) => known.has(name)));
  };

  test.each(['--liftoff-only', '--no-liftoff'])("with V8's %s", (flag) => {
    expectSame(fuelUnder(process.execPath, [flag]));
  });

  test.each(installed)('on Node $version', ({ path }) => {
    expectSame(fuelUnder(path));
  });
});
