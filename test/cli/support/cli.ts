/** Runs the real command line as a child process, in a directory of its own outside the repository. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect } from 'vitest';

export const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));
const MAIN = join(REPOSITORY, 'engine/cli/main.ts');
/** Node.js keeps there what it has compiled: each of the hundreds of short runs need not begin anew. */
const COMPILE_CACHE = join(tmpdir(), 'ringfence-test-compile-cache');

/** Not the cache of whoever runs the tests. */
const USER_CACHE = join(tmpdir(), 'ringfence-test-user-cache');

export interface CliResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as it came. */
  readonly bytes: Buffer;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

/** `ringfence …args`. */
export function ringfence(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return runNode([MAIN, ...args], options);
}

export async function runNode(args: readonly string[], { cwd, stdin, env }: CliOptions = {}): Promise<CliResult> {
  const { FORCE_COLOR: _, NO_COLOR: __, ...inherited } = process.env;
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...inherited, NODE_COMPILE_CACHE: COMPILE_CACHE, XDG_CACHE_HOME: USER_CACHE, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // A command that fails before it reads closes the pipe.
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  const bytes = Buffer.concat(output);
  return { status, stdout: bytes.toString(), stderr, bytes };
}

/** The one JSON document on standard output; anything else there is a failure of the test. */
export function documentOf({ stdout }: CliResult): Record<string, unknown> {
  const lines = stdout.split('\n');
  expect(lines, 'one line with one document').toHaveLength(2);
  expect(lines[1]).toBe('');
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** A directory that is removed when the tests of the file are done. */
export function temporaryDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'ringfence-cli-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Writes a file and returns its path. */
export function writeIn(dir: string, name: string, contents: string | Uint8Array): string {
  const path = join(dir, name);
  writeFileSync(path, contents);
  return path;
}
