/** A program that goes on until it is told to stop, and what it says meanwhile. */
import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY } from './cli.ts';

const MAIN = join(REPOSITORY, 'engine/cli/main.ts');
const LONGEST_WAIT_MS = 45_000;

export class Running implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  #said = '';
  /** How far {@link next} has come. */
  #at = 0;
  #heard: (() => void)[] = [];

  constructor(args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}) {
    const { FORCE_COLOR: _, ...inherited } = process.env;
    this.child = spawn(process.execPath, args, {
      cwd,
      env: { ...inherited, XDG_CACHE_HOME: join(tmpdir(), 'ringfence-test-user-cache'), ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#said += text;
        this.#wake();
      });
    }
    this.exited = new Promise((resolve) =>
      this.child.on('close', (status) => {
        resolve(status);
        this.#wake();
      }),
    );
  }

  /** `ringfence …args`. */
  static ringfence(args: readonly string[], cwd: string, env?: Readonly<Record<string, string>>): Running {
    return new Running([MAIN, ...args], cwd, env);
  }

  get said(): string {
    return this.#said;
  }

  /** Waits until it says this after what was waited for before. @throws with all that it said, where it ends or never does */
  async next(pattern: RegExp): Promise<string> {
    const deadline = Date.now() + LONGEST_WAIT_MS;
    for (;;) {
      const found = pattern.exec(this.#said.slice(this.#at));
      if (found !== null) {
        this.#at += found.index + found[0].length;
        return found[0];
      }
      if (this.child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`expected ${pattern}, and it has said:\n${this.#said}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1_000);
        this.#heard.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  write(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  /** @returns the exit status */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.child.kill(signal);
    return this.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null) this.child.kill('SIGKILL');
    await this.exited;
  }

  #wake(): void {
    const heard = this.#heard;
    this.#heard = [];
    for (const resolve of heard) resolve();
  }
}
