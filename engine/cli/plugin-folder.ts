/** A plugin's folder in the place of its module: the build that would be loaded here, and why. */
import { stat } from 'node:fs/promises';
import { basename, dirname, relative, resolve } from 'node:path';
import { RingfenceError } from '../errors.ts';
import { NotFound } from '../manager/discovery/finding.ts';
import { locatePluginFile } from '../manager/discovery/locate-plugin.ts';
import type { VariantVerdict } from '../manager/variants/choose-variant.ts';

export interface ChosenModule {
  /** As messages name it. */
  readonly file: string;
  /** Of a folder whose `plugin.json` names several builds. */
  readonly builds: readonly VariantVerdict[] | undefined;
}

/**
 * @param path of a module, of a plugin's folder, or of the `plugin.json` in one
 * @throws UNKNOWN_PLUGIN for a folder without a plugin that could be loaded here
 */
export async function chooseModule(path: string): Promise<ChosenModule> {
  const folder = basename(path) === 'plugin.json' ? dirname(path) : path;
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    // Whoever reads it says what is wrong.
    () => false,
  );
  if (!isFolder) return { file: path, builds: undefined };
  try {
    const { file, choice } = await locatePluginFile(resolve(folder));
    return { file: relative('', file), builds: choice?.verdicts };
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
    throw new RingfenceError('UNKNOWN_PLUGIN', error.message, {
      stage: 'read',
      details: { paths: error.finding.paths, kind: error.finding.kind },
    });
  }
}
