/** Builds every plugin of this directory: `npm run build:plugins`. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildPlugin, formatDiagnostic } from '../engine/build/index.ts';

const here = import.meta.dirname;
for (const name of readdirSync(here).sort()) {
  if (!existsSync(join(here, name, 'plugin.json'))) continue;
  const startedAt = performance.now();
  const { wasm, warnings } = await buildPlugin({ source: join(here, name) });
  for (const warning of warnings) console.warn(formatDiagnostic(warning));
  console.log(`${name}: ${wasm.length} bytes in ${Math.round(performance.now() - startedAt)} ms`);
}
