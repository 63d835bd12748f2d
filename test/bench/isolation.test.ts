import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CASES } from '../../bench/isolation/cases.ts';
import { PEERS } from '../../bench/isolation/peers.ts';
import type { IsolationResults } from '../../bench/isolation/results.ts';

const MAIN = join(import.meta.dirname, '../../bench/isolation/main.ts');
const TIMEOUT_MS = 120_000;

function run(...args: readonly string[]): IsolationResults {
  const printed = execFileSync(process.execPath, [MAIN, '--json', '--quick', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return JSON.parse(printed) as IsolationResults;
}

const outcomes = ({ rows }: IsolationResults): string[] =>
  rows.map((row) => `${row.case}, ${row.peer}: ${row.outcome}`);

describe('the isolation benchmark', { timeout: TIMEOUT_MS }, () => {
  test('prints one document, in which Ringfence stops what plain V8 does not', () => {
    const results = run('--peers', 'ringfence inline,plain V8', '--cases', 'trap,memory bomb,overlapping calls');
    expect(results.suite).toBe('isolation');
    expect(results.machine.node).toBe(process.versions.node);
    expect(results.peers.map(({ name }) => name)).toEqual(['ringfence inline', 'plain V8']);
    expect(outcomes(results)).toEqual([
      'trap, ringfence inline: clean',
      'trap, plain V8: clean',
      ...(process.platform === 'linux'
        ? ['memory bomb, ringfence inline: clean', 'memory bomb, plain V8: ends']
        : ['memory bomb, ringfence inline: none', 'memory bomb, plain V8: none']),
      'overlapping calls, ringfence inline: clean',
      'overlapping calls, plain V8: clean',
    ]);
  });

  test('ends a host that hangs', () => {
    const results = run('--peers', 'plain V8', '--cases', 'endless loop', '--patience', '2');
    expect(outcomes(results)).toEqual(['endless loop, plain V8: hangs']);
  });

  test('says why a peer is not tried', () => {
    const results = run('--peers', 'plain V8', '--cases', 'host memory bomb');
    expect(results.rows[0]?.detail).not.toBe('');
    expect(outcomes(results)).toEqual(['host memory bomb, plain V8: none']);
  });
});

test('every peer has its fairness argued, and names no case that there is not', () => {
  const names = new Set<string>(CASES.map(({ name }) => name));
  for (const { fairness, without = {} } of PEERS) {
    expect(fairness.length).toBeGreaterThan(100);
    for (const name of Object.keys(without)) expect(names).toContain(name);
  }
});
