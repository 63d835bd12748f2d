/** Starts a child: Node.js under its own permission model, with an empty environment, and four pipes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ownFile } from '../../own-file.ts';
import type { ChildSettings } from './child-messages.ts';

/** Heap of the main thread, which passes messages on. The one of the guest host has a limit of its own. */
const MAIN_HEAP_MB = 64;

/** Where the engine's own files are: all that a child may read. */
const OWN_FILES = fileURLToPath(new URL('.', ownFile('index')));
/** Says that they are modules. */
const PACKAGE = fileURLToPath(new URL('../package.json', ownFile('index')));

/** @throws where the system cannot start a process; most reasons come later, as its event `error` */
export function spawnChild(settings: ChildSettings, entry: URL = ownFile('executors/remote/child-main')): ChildProcess {
  const flags = [
    '--permission',
    `--allow-fs-read=${OWN_FILES}`,
    `--allow-fs-read=${PACKAGE}`,
    // The thread for the guest host. It is given the same permissions, but not this one.
    '--allow-worker',
    `--max-old-space-size=${MAIN_HEAP_MB}`,
    '--disable-warning=ExperimentalWarning',
    '--disable-warning=SecurityWarning',
  ];
  return spawn(process.execPath, [...flags, fileURLToPath(entry), JSON.stringify(settings)], {
    cwd: OWN_FILES,
    env: emptyEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    windowsHide: true,
  });
}

/** Windows cannot start a process without this one. */
function emptyEnvironment(): NodeJS.ProcessEnv {
  const { SystemRoot } = process.env;
  return process.platform === 'win32' && SystemRoot !== undefined ? { SystemRoot } : {};
}
