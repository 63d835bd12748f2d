import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { installedFrom } from '../../engine/cli/installed-from.ts';
import { temporaryDir, writeIn } from './support/cli.ts';

test('a package that was installed from an archive is known by it', () => {
  const project = temporaryDir();
  const ringfence = join(project, 'node_modules/ringfence');
  mkdirSync(ringfence, { recursive: true });
  expect(installedFrom(ringfence, 'ringfence')).toBeUndefined();
  const packages = {
    'node_modules/ringfence': { version: '0.1.0', resolved: 'file:../packs/ringfence-0.1.0.tgz' },
    'node_modules/ringfence-guest': {
      version: '0.1.0',
      resolved: 'https://registry.example/ringfence-guest-0.1.0.tgz',
    },
  };
  writeIn(project, 'node_modules/.package-lock.json', JSON.stringify({ packages }));
  expect(installedFrom(ringfence, 'ringfence')).toBe(join(project, '../packs/ringfence-0.1.0.tgz'));
  expect(installedFrom(ringfence, 'ringfence-guest')).toBeUndefined();
  expect(installedFrom(ringfence, 'other')).toBeUndefined();
  writeIn(project, 'node_modules/.package-lock.json', '{');
  expect(installedFrom(ringfence, 'ringfence')).toBeUndefined();
});
