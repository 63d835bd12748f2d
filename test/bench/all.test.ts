import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, test } from 'vitest';
import { SUITES } from '../../bench/all/suites.ts';
import type { Run } from '../../bench/report/run.ts';
import { SECTIONS } from '../../bench/report/sections/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'ringfence-bench-all-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const MAIN = join(import.meta.dirname, '../../bench/all/main.ts');
const scripts = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')).scripts as Record<
  string,
  string
>;
const read = (out: string, name: string): string => readFileSync(join(out, name), 'utf8');

test('every suite has a command of its own and a section in the report', () => {
  for (const { name } of SUITES) {
    expect(scripts[`bench:${name}`]).toBe(`node bench/${name}/main.ts`);
    expect(SECTIONS).toHaveProperty(name);
  }
});

test('suites that are named each write one document, and the report is made of them', { timeout: 120_000 }, () => {
  const out = join(folder, 'some');
  const { status, stdout } = spawnSync(process.execPath, [MAIN, '--quick', '--suites', 'reload', '--out', out], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  expect(status).toBe(0);
  expect(stdout.trim().split('\n')).toEqual([join(out, 'report.html'), join(out, 'report.md')]);
  expect(readdirSync(out).sort()).toEqual(['reload.json', 'report.html', 'report.md', 'run.json']);
  expect(read(out, 'report.md')).toContain('## Hot reload under load');
  expect(read(out, 'report.md')).toContain('Not measured: **isolation**');
  expect(spawnSync(process.execPath, [MAIN, '--suites', 'nothing', '--out', out]).status).not.toBe(0);
});

test('a run that is interrupted ends its suite and writes the report of what there is', {
  timeout: 120_000,
}, async () => {
  const out = join(folder, 'interrupted');
  const run = spawn(process.execPath, [MAIN, '--suites', 'memory,reload', '--out', out], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise((resolve) => run.once('close', resolve));
  for await (const line of createInterface({ input: run.stderr })) if (line.startsWith('inline, ')) run.kill('SIGINT');
  expect(await ended).toBe(1);
  const { suites } = JSON.parse(read(out, 'run.json')) as Run;
  expect(suites).toMatchObject([{ suite: 'memory', problem: 'the run was interrupted' }]);
  expect(read(out, 'report.html')).toContain('the run was interrupted');
});
