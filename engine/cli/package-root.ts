/** Where this copy of Ringfence is installed, and what its package.json says: the same from the sources and from dist/. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface PackageRoot {
  readonly dir: string;
  readonly version: string;
  /** A checkout of the repository, with the guest SDK beside the engine; otherwise a package from a registry. */
  readonly isCheckout: boolean;
  /** Its dist/ is there: of a checkout only once it has been built. */
  readonly isBuilt: boolean;
  /** Versions of the packages that it uses, by name. */
  readonly uses: Readonly<Record<string, string>>;
}

interface PackageJson {
  readonly name?: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** Reads it: a few hundred microseconds, and only `--version` and `new` ask. */
export function packageRoot(): PackageRoot {
  for (let dir = dirname(fileURLToPath(import.meta.url)); dir !== dirname(dir); dir = dirname(dir)) {
    const file = join(dir, 'package.json');
    if (!existsSync(file)) continue;
    const found = JSON.parse(readFileSync(file, 'utf8')) as PackageJson;
    if (found.name !== 'ringfence') continue;
    return {
      dir,
      version: found.version,
      isCheckout: existsSync(join(dir, 'guest-sdk', 'package.json')),
      isBuilt: existsSync(join(dir, 'dist', 'cli', 'main.js')),
      uses: { ...found.devDependencies, ...found.dependencies },
    };
  }
  throw new Error('the package.json of ringfence is not above its own files');
}
