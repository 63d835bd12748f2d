/** The command line as a whole: help, version, slips of the pen. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { documentOf, REPOSITORY, ringfence } from './support/cli.ts';

const { version } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as { version: string };

test.each(['--version', '-V'])('%s prints the version alone', async (flag) => {
  expect(await ringfence([flag])).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' });
});

test('--help lists the commands, with examples', async () => {
  const { status, stdout, stderr } = await ringfence(['--help']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  for (const command of ['new', 'build', 'inspect', 'run']) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
  expect(stdout).toContain('Examples:\n  ringfence new');
});

test.each(['new', 'build', 'inspect', 'run', 'bench'])('%s --help has examples', async (command) => {
  const { status, stdout } = await ringfence([command, '--help']);
  expect(status).toBe(0);
  expect(stdout).toContain(`Usage: ringfence ${command}`);
  expect(stdout).toContain(`Examples:\n  ringfence ${command}`);
});

test('no command at all shows the help on standard error and fails', async () => {
  const { status, stdout, stderr } = await ringfence([]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain('Usage: ringfence');
});

interface Slip {
  readonly args: readonly string[];
  readonly says: string;
}

const SLIPS: readonly Slip[] = [
  { args: ['bild'], says: "Unknown command 'bild'. Did you mean build?" },
  { args: ['zzz'], says: "Unknown command 'zzz'" },
  { args: ['run', 'a.wasm', 'f', '--limt', 'fuel=1'], says: "Unknown option '--limt'. Did you mean --limit?" },
  { args: ['inspect'], says: "Missing required argument 'file'" },
  { args: ['run'], says: "Missing required argument 'file'" },
  { args: ['run', 'a.wasm', 'f', 'g'], says: 'Too many arguments' },
  { args: ['run', 'a.wasm', 'f', '--input'], says: 'argument missing' },
  { args: ['run', 'a.wasm', 'f', '--limit', 'fuel'], says: 'Expected `--limit` to be followed by name=value' },
  { args: ['run', 'a.wasm', 'f', '--grant', '=x'], says: 'Expected `--grant` to be followed by capability=value' },
  { args: ['run', 'a.wasm', 'f', '--json', '--raw'], says: 'Expected `--json` or `--raw`, got both' },
];

describe('a wrong command line', () => {
  test.each(SLIPS)('$args: $says', async ({ args, says }) => {
    const result = await ringfence(args);
    expect(result.status).toBe(2);
    if (args.includes('--json')) {
      expect(documentOf(result)).toMatchObject({
        ok: false,
        error: { code: 'USAGE', message: expect.stringContaining(says) },
      });
      return;
    }
    expect(result.stdout).toBe('');
    expect(result.stderr).toContain(says);
    expect(result.stderr).toMatch(/^error USAGE: /);
    expect(result.stderr).toContain('fix: ');
  });

  test('with --json is told in the document, on standard output alone', async () => {
    const result = await ringfence(['run', 'a.wasm', 'f', '--json', '--nope']);
    expect(result).toMatchObject({ status: 2, stderr: '' });
    expect(documentOf(result)).toEqual({
      ok: false,
      error: { code: 'USAGE', message: "Unknown option '--nope'", details: {} },
      usage: null,
    });
  });
});

describe('colours', () => {
  const esc = '\u001b[';
  test('are left out of pipes', async () => {
    expect((await ringfence(['bild'])).stderr).not.toContain(esc);
  });

  test('come with FORCE_COLOR, and NO_COLOR has its say', async () => {
    expect((await ringfence(['bild'], { env: { FORCE_COLOR: '1' } })).stderr).toContain(esc);
    expect((await ringfence(['bild'], { env: { NO_COLOR: '1' } })).stderr).not.toContain(esc);
  });
});

test('RINGFENCE_DEBUG adds the stack, which is not shown otherwise', async () => {
  const args = ['run', 'missing.wasm', 'f'];
  expect((await ringfence(args)).stderr).not.toMatch(/^ +at .*\.ts:\d/m);
  expect((await ringfence(args, { env: { RINGFENCE_DEBUG: '1' } })).stderr).toMatch(/^ +at .*\.ts:\d/m);
});
