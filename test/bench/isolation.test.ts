import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CASES, MANY_FUNCTIONS, MANY_FUNCTIONS_BYTES } from '../../bench/isolation/cases.ts';
import { compileCoreGuest } from '../../bench/isolation/guests/core-guests.ts';
import { compileExtismGuest } from '../../bench/isolation/guests/extism-guests.ts';
import { runInLanes } from '../../bench/isolation/lanes.ts';
import { PEERS } from '../../bench/isolation/peers.ts';
import { QUICK } from '../../bench/isolation/quick.ts';
import type { HostResult, IsolationResults } from '../../bench/isolation/results.ts';
import { decodeModule } from '../../engine/wasm/decode.ts';

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
    const results = run(
      '--peers',
      'ringfence inline,plain V8',
      '--cases',
      'trap,memory bomb,overlapping calls',
      '--patience',
      '60',
    );
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

  test('Ringfence alone of those that have requests does not follow a redirect to where they may not go', () => {
    const results = run(
      '--peers',
      'ringfence inline,extism 2.0 rc worker,worker_threads',
      '--cases',
      'redirect to a private address',
    );
    expect(outcomes(results)).toEqual([
      'redirect to a private address, ringfence inline: clean',
      'redirect to a private address, extism 2.0 rc worker: through',
      'redirect to a private address, worker_threads: through',
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

test('every sandbox that is installed is opened, loads guests, calls and closes them', { timeout: TIMEOUT_MS }, () => {
  const { rows } = run('--peers', PEERS.map(({ name }) => name).join(','), '--cases', 'trap');
  expect(rows.map(({ peer }) => peer)).toEqual(PEERS.map(({ name }) => name));
  for (const [i, { peer, outcome, detail }] of rows.entries()) {
    const missing = PEERS[i]?.missing;
    if (missing !== undefined) console.log(`skipped: ${peer} is ${missing}`);
    const expected = missing === undefined ? 'clean' : 'none';
    expect({ peer, outcome, detail }).toMatchObject({ peer, outcome: expected });
  }
});

test('a case that lost nothing but time is tried once more, when no other runs, and that is what counts', async () => {
  const jobs = [{ name: 'trap' }, { name: 'endless loop' }, { name: 'stack bomb' }] as const;
  const told: string[] = [];
  let running = 0;
  const run = async ({ name }: (typeof jobs)[number]): Promise<HostResult> => {
    const isAgain = told.some((line) => line.startsWith(name));
    told.push(`${name}, ${running++} beside it`);
    await new Promise(setImmediate);
    running--;
    if (name === 'trap') return { outcome: 'loss', detail: 'it lost a call' };
    return { outcome: isAgain ? 'clean' : 'loss', detail: 'late', isDoubtful: true };
  };
  expect(await runInLanes(jobs, run, 3)).toEqual([
    { outcome: 'loss', detail: 'it lost a call' },
    { outcome: 'clean', detail: 'late; tried again alone' },
    { outcome: 'clean', detail: 'late; tried again alone' },
  ]);
  expect(told.slice(3)).toEqual(['endless loop, 0 beside it', 'stack bomb, 0 beside it']);
});

test('guests that are large are what they are said to be', () => {
  const { functions, bodies } = decodeModule(compileCoreGuest('many-functions'));
  expect(functions.length).toBeGreaterThanOrEqual(MANY_FUNCTIONS);
  expect(compileCoreGuest('many-functions').length).toBeGreaterThan(MANY_FUNCTIONS_BYTES);
  expect(bodies).toHaveLength(functions.length);
  for (const make of [compileCoreGuest, compileExtismGuest]) {
    for (const guest of ['many-functions', 'compile-bomb', 'http', 'good'] as const) {
      expect(WebAssembly.validate(make(guest))).toBe(true);
    }
  }
});

test('what the short form has is there', () => {
  for (const name of QUICK.peers) expect(PEERS.map((peer) => peer.name)).toContain(name);
  for (const name of QUICK.cases) expect(CASES.map((one) => one.name)).toContain(name);
});

test('every peer has its fairness argued, and names no case that there is not', () => {
  const names = new Set<string>(CASES.map(({ name }) => name));
  for (const { fairness, without = {} } of PEERS) {
    expect(fairness.length).toBeGreaterThan(100);
    for (const name of Object.keys(without)) expect(names).toContain(name);
  }
});
