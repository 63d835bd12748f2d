/** Where plugins may be: the entries of `directories`, as paths of modules and of plugins' folders. */
import fs, { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Finding, fileProblem, NotFound } from './finding.ts';
import { isPluginDirectory, modulesIn } from './locate-plugin.ts';

export interface SearchResult {
  /** Absolute, in the order in which they count. */
  readonly candidates: readonly string[];
  readonly findings: readonly Finding[];
}

/** More are not looked at: each is read. */
const MOST_CANDIDATES = 1_000;
const PATTERN = /[*?[\]{}]/;

/**
 * What is at an entry: the module or plugin's folder itself; of any other directory, the modules and plugins' folders directly
 * in it; of a pattern, whatever fits it. Names that begin with a dot, and `node_modules`, are passed over.
 * @param entry absolute
 */
export async function searchEntry(entry: string): Promise<SearchResult> {
  const findings: Finding[] = [];
  let candidates: readonly string[] = [];
  try {
    candidates = await candidatesAt(entry, findings);
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
    return { candidates: [], findings: [...findings, error.finding] };
  }
  if (candidates.length > MOST_CANDIDATES) {
    findings.push({
      kind: 'too-many',
      message: `${entry} has ${candidates.length} candidates: only the first ${MOST_CANDIDATES} are looked at`,
      paths: [entry],
    });
  } else if (candidates.length === 0 && findings.length === 0) {
    findings.push({ kind: 'nothing-found', message: `There is no plugin in ${entry}`, paths: [entry] });
  }
  return { candidates: candidates.slice(0, MOST_CANDIDATES), findings };
}

async function candidatesAt(entry: string, findings: Finding[]): Promise<readonly string[]> {
  let found: Awaited<ReturnType<typeof stat>>;
  try {
    found = await stat(entry);
  } catch (error) {
    // A name may have such characters: what exists is no pattern.
    if (PATTERN.test(entry)) return matches(entry);
    throw new NotFound('unreadable', `Cannot read ${entry}: ${fileProblem(error)}`, entry);
  }
  if (!found.isDirectory()) return [entry];
  if (await isPluginDirectory(entry)) return [entry];
  return [...(await modulesIn(entry)), ...(await pluginDirectories(entry, findings))];
}

async function matches(pattern: string): Promise<readonly string[]> {
  const found: string[] = [];
  const exclude = (name: string): boolean => isPassedOver(name);
  for await (const path of fs.glob(pattern, { exclude })) {
    found.push(path);
    if (found.length > MOST_CANDIDATES) break;
  }
  return found.sort();
}

/** Plugins' folders directly in a directory, links to some included. */
async function pluginDirectories(directory: string, findings: Finding[]): Promise<readonly string[]> {
  const names = (await readdir(directory)).filter((name) => !isPassedOver(name)).sort();
  const found: string[] = [];
  for (const name of names.filter((each) => !each.endsWith('.wasm'))) {
    const path = join(directory, name);
    try {
      if (!(await stat(path)).isDirectory()) continue;
      if ((await isPluginDirectory(path)) || (await modulesIn(path)).length > 0) found.push(path);
    } catch (error) {
      if (error instanceof NotFound) findings.push(error.finding);
      else findings.push({ kind: 'unreadable', message: `Cannot read ${path}: ${fileProblem(error)}`, paths: [path] });
    }
  }
  return found;
}

const isPassedOver = (path: string): boolean => {
  const name = path.slice(path.search(/[^/\\]*$/));
  return name.startsWith('.') || name === 'node_modules';
};
