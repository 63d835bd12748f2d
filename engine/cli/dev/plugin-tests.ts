/** Runs the tests of a plugin: as an npm script of its package, in a process of its own that makes way for the next run. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The first that the package has: one that builds nothing is sooner done, and what it tests has been built just now. */
const SCRIPTS = ['test:dev', 'test'] as const;

export type TestOutcome = 'passed' | 'failed' | 'given-up' | 'none';

export class PluginTests {
  readonly #directory: string;
  readonly #command: string | undefined;
  #running: ChildProcess | undefined;

  /** @param command in place of the script, for a shell */
  constructor(directory: string, command?: string) {
    this.#directory = directory;
    this.#command = command;
  }

  /** Runs them, with their output where ours goes. A run that is under way is given up. */
  async run(): Promise<TestOutcome> {
    this.stop();
    const command = this.#command ?? (await this.#script());
    if (command === undefined) return 'none';
    // A group of its own: what npm and the test runner start ends with it.
    const child = spawn(command, {
      cwd: this.#directory,
      shell: true,
      detached: process.platform !== 'win32',
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    this.#running = child;
    const [status] = (await Promise.race([once(child, 'exit'), once(child, 'error')])) as [unknown];
    if (this.#running !== child) return 'given-up';
    this.#running = undefined;
    return status === 0 ? 'passed' : 'failed';
  }

  /** Ends a run that is under way. */
  stop(): void {
    const child = this.#running;
    this.#running = undefined;
    if (child?.pid === undefined || child.exitCode !== null) return;
    try {
      if (process.platform === 'win32') child.kill();
      else process.kill(-child.pid, 'SIGTERM');
    } catch {
      // It has ended just now.
    }
  }

  async #script(): Promise<string | undefined> {
    let scripts: Readonly<Record<string, unknown>> = {};
    try {
      const text = await readFile(join(this.#directory, 'package.json'), 'utf8');
      scripts = (JSON.parse(text) as { readonly scripts?: Readonly<Record<string, unknown>> }).scripts ?? {};
    } catch {
      // Without a package there are no tests; whether its file is right is for npm to say.
      return undefined;
    }
    const name = SCRIPTS.find((script) => typeof scripts[script] === 'string');
    return name === undefined ? undefined : `npm run --silent ${name}`;
  }
}
