/**
 * The same build for those who run `asc` themselves: `asc assembly/index.ts --transform ringfence/transform -o …`.
 * It generates the exports and embeds the manifest; options, source map and output are asc's own.
 */

import { join } from 'node:path';
import * as compiler from 'assemblyscript';
import type binaryen from 'binaryen';
import { RingfenceError } from '../errors.ts';
import type { Manifest } from '../validate/manifest.ts';
import { MANIFEST_SECTION } from '../validate/surface.ts';
import { generateGlue, glueFile } from './glue.ts';
import { locatePlugin } from './place.ts';
import { readPluginExports } from './plugin-exports.ts';
import { completeManifest, MANIFEST_FILE, pluginInfo, readManifestFile } from './plugin-manifest.ts';
import { LIBRARY_PREFIX } from './source-files.ts';

/** asc puts these on the prototype before it makes the transform. */
interface AscContext {
  readonly program: compiler.Program;
  readonly baseDir: string;
}

/** Kinds of sources are declared as a `const enum`, which other compilers than its own cannot see. */
const { SourceKind } = compiler as unknown as {
  readonly SourceKind: Record<'User' | 'UserEntry', compiler.SourceKind>;
};

export default class RingfenceTransform {
  #manifest: Manifest | undefined;

  /** All sources are parsed. */
  afterParse(): void {
    const { program, baseDir } = this as unknown as AscContext;
    const [main, second] = program.sources.filter(
      ({ sourceKind, normalizedPath }) =>
        sourceKind === SourceKind.UserEntry && !normalizedPath.startsWith(LIBRARY_PREFIX),
    );
    if (main === undefined || second !== undefined) {
      throw new RingfenceError('BUILD_FAILED', 'Expected one entry file: the main file of the plugin', {
        stage: 'build',
      });
    }
    // Only the generated file is an entry, so that only what it exports is exported.
    main.sourceKind = SourceKind.User;
    const { dir } = locatePlugin(join(baseDir, main.normalizedPath));
    const draft = readManifestFile(join(dir, MANIFEST_FILE));
    if (draft === undefined) {
      throw new RingfenceError('INVALID_MANIFEST', `There is no ${MANIFEST_FILE} in ${dir}`, { stage: 'build' });
    }
    const exports = readPluginExports(compiler, program, main.internalPath);
    this.#manifest = completeManifest(draft, exports);
    const text = generateGlue(exports, main.internalPath, pluginInfo(this.#manifest));
    compiler.parse(program, text, glueFile(main.internalPath), true);
  }

  /** The module is made, and not optimised yet. */
  afterCompile(module: binaryen.Module): void {
    module.addCustomSection(MANIFEST_SECTION, new TextEncoder().encode(JSON.stringify(this.#manifest)));
  }
}
