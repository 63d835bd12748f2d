/** The host under test, in a process of its own: one peer, one case. What came of it goes to file descriptor 3. */
import { readFileSync, writeSync } from 'node:fs';
import { setTimeout as delay, setImmediate as immediately } from 'node:timers/promises';
import { inspect, types } from 'node:util';
import { type CaseName, FLOOD_LINES } from './cases.ts';
import { type GuestFunction, LIMITS, type LoadedGuest, type Peer, type Sandbox } from './peer.ts';
import { PEERS } from './peers.ts';
import type { CaseResult } from './results.ts';

export interface HostJob {
  readonly peer: string;
  readonly case: CaseName;
  readonly calls: number;
}

const RESULT_FD = 3;
/** A call that is not answered by then never will be. */
const PATIENCE_MS = 8 * LIMITS.deadlineMs;
/** Half of the deadline: a loop that stands still for longer was not interrupted by it, but blocked until it. */
const STILL_MS = LIMITS.deadlineMs / 2;
const BEAT_MS = 20;
const CALLERS = 4;
const BATCH = 100;

const FUNCTIONS: Partial<Record<CaseName, GuestFunction>> = {
  'endless loop': 'loop',
  'memory bomb': 'grow',
  'host memory bomb': 'hostBomb',
  'off-heap bomb': 'offHeap',
  'stack bomb': 'stack',
  'fill of 4 GB': 'fill',
  trap: 'trap',
  'huge output': 'huge',
  'log flood': 'flood',
  'close during a call': 'loop',
};

const job = JSON.parse(readFileSync(0, 'utf8')) as HostJob;
const losses: string[] = [];
let logged = 0;
let longestStill = 0;
let lastBeat = performance.now();

function beat(): void {
  longestStill = Math.max(longestStill, performance.now() - lastBeat - BEAT_MS);
  lastBeat = performance.now();
}

function finish(result: CaseResult): never {
  writeSync(RESULT_FD, JSON.stringify(result));
  process.exit(0);
}

/** The answer, or what the caller is told instead. A promise that is never settled ends the case. */
async function attempt(work: Promise<string>): Promise<{ value: string } | { message: string }> {
  const outcome = await Promise.race([
    work.then(
      (value) => ({ value }),
      (error: unknown) => ({ message: firstLine(error) }),
    ),
    delay(PATIENCE_MS),
  ]);
  if (outcome === undefined) finish({ outcome: 'hangs', detail: 'the caller is never answered' });
  return outcome;
}

/** Some peers throw errors of another realm, and some no errors. */
function firstLine(error: unknown): string {
  const text = types.isNativeError(error) ? String(error) : inspect(error, { breakLength: Number.POSITIVE_INFINITY });
  return text.split('\n')[0]?.slice(0, 160) ?? '';
}

async function tryLoad(sandbox: Sandbox, guest: 'start-loop' | 'start-trap'): Promise<string> {
  const loaded = await attempt(sandbox.load(guest).then(() => 'loaded'));
  if ('message' in loaded) return `loading: ${loaded.message}`;
  losses.push('loading succeeded though the start of the guest failed');
  return 'loaded';
}

async function overlap(victim: LoadedGuest): Promise<string> {
  const inputs = Array.from({ length: CALLERS }, (_, i) => `caller ${i}`);
  const answers = await Promise.all(inputs.map((input) => attempt(victim.call('echo', input))));
  answers.forEach((answer, i) => {
    if ('message' in answer) losses.push(`caller ${i} was refused: ${answer.message}`);
    else if (answer.value !== inputs[i]) losses.push(`caller ${i} got another answer`);
  });
  return `${CALLERS} callers`;
}

async function callOften(victim: LoadedGuest): Promise<string> {
  for (let first = 1; first <= job.calls && losses.length === 0; first += BATCH) {
    const answer = await attempt(callBatch(victim, first, Math.min(job.calls, first + BATCH - 1)));
    if ('message' in answer) losses.push(answer.message);
    // Peers without a thread answer in microtasks: the host gives its other work a turn.
    await immediately();
  }
  return `${job.calls} calls`;
}

async function callBatch(victim: LoadedGuest, first: number, last: number): Promise<string> {
  for (let i = first; i <= last; i++) {
    const input = `call ${i}`;
    const value = await victim.call('echo', input).catch((error: unknown) => {
      throw new Error(`call ${i} failed: ${firstLine(error)}`);
    });
    if (value !== input) throw new Error(`call ${i} got another answer`);
  }
  return '';
}

async function callHarm(victim: LoadedGuest, name: GuestFunction): Promise<string> {
  const answer = attempt(victim.call(name, ''));
  if (job.case === 'close during a call') {
    await delay(LIMITS.deadlineMs / 10);
    const closed = await attempt(victim.close().then(() => ''));
    if ('message' in closed) losses.push(`close failed: ${closed.message}`);
  }
  const outcome = await answer;
  return 'message' in outcome ? outcome.message : `answered with ${outcome.value.length} characters`;
}

interface Scene {
  readonly sandbox: Sandbox;
  /** Another guest of the same host, which has counted to one. */
  readonly bystander: LoadedGuest;
  /** Undefined where loading is what does the harm. */
  readonly victim: LoadedGuest | undefined;
}

async function setUp(peer: Peer): Promise<Scene> {
  const sandbox = await peer.open(() => logged++);
  const bystander = await sandbox.load('good');
  await bystander.call('count', '');
  const isStart = job.case === 'start loop' || job.case === 'crash in start';
  const victim = isStart ? undefined : await sandbox.load(job.case === 'host memory bomb' ? 'host-bomb' : 'good');
  return { sandbox, bystander, victim };
}

async function run(): Promise<CaseResult> {
  const peer = PEERS.find(({ name }) => name === job.peer);
  if (peer === undefined) throw new Error(`no peer ${job.peer}`);
  const { sandbox, bystander, victim } = await setUp(peer).catch((error: unknown) =>
    finish({ outcome: 'none', detail: `the host could not be set up: ${firstLine(error)}` }),
  );
  // What loading takes is not what is asked.
  await delay(2 * BEAT_MS);
  longestStill = 0;
  lastBeat = performance.now();
  const beats = setInterval(beat, BEAT_MS);

  const harm = FUNCTIONS[job.case];
  const detail = await (victim === undefined
    ? tryLoad(sandbox, job.case === 'start loop' ? 'start-loop' : 'start-trap')
    : job.case === 'overlapping calls'
      ? overlap(victim)
      : job.case === 'a million calls'
        ? callOften(victim)
        : callHarm(victim, harm as GuestFunction));
  await delay(BEAT_MS);
  clearInterval(beats);
  beat();

  if (longestStill > STILL_MS) losses.push(`the event loop stood still for ${(longestStill / 1000).toFixed(1)} s`);
  const after = await attempt(bystander.call('count', ''));
  if ('message' in after) losses.push(`another guest fails: ${after.message}`);
  else if (after.value !== '2') losses.push('another guest lost its state');
  if (victim !== undefined && job.case !== 'close during a call') {
    const again = await attempt(victim.call('echo', 'again'));
    if ('message' in again) losses.push(`the next call fails: ${again.message}`);
    else if (again.value !== 'again') losses.push('the next call gets another answer');
  }
  const through =
    (job.case === 'huge output' && detail.startsWith('answered')) ||
    (job.case === 'log flood' && logged >= FLOOD_LINES);
  return {
    outcome: losses.length > 0 ? 'loss' : through ? 'through' : 'clean',
    detail: [detail, ...(logged > 0 ? [`${logged} lines logged`] : []), ...losses].join('; '),
  };
}

finish(await run());
