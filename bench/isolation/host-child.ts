/** The host under test, in a process of its own: one peer, one case. What came of it goes to file descriptor 3. */
import { readFileSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type CaseName, caseNamed, FLOOD_LINES } from './cases.ts';
import { LIMITS, type LoadedGuest, type Peer } from './peer.ts';
import { PEERS } from './peers.ts';
import type { HostResult } from './results.ts';
import { actOut, attempt, firstLine, NeverAnswered, type Scene } from './scenes.ts';

export interface HostJob {
  readonly peer: string;
  readonly case: CaseName;
  /** Of `a million calls`. */
  readonly calls: number;
  /** What they may take. */
  readonly callsMs: number;
  /** Of `a thousand guests`. */
  readonly guests: number;
}

const RESULT_FD = 3;
/** So that the watchdog can tell a host that is at work from one that stands still. */
const SIGN_MS = 250;
const SIGN_OF_LIFE = '\n';
/** Half of the deadline: a loop that stands still for longer was not interrupted by it, but blocked until it. */
const STILL_MS = LIMITS.deadlineMs / 2;
const BEAT_MS = 20;

const job = JSON.parse(readFileSync(0, 'utf8')) as HostJob;
const wanted = caseNamed(job.case);
let logged = 0;
let longestLine = 0;
/** For how long the event loop came to nothing else, and how much of the time this thread had a processor. */
let longestStill = { ms: 0, workedMs: 0 };
let lastBeat = takeTime();

function takeTime(): { readonly wallMs: number; readonly cpuMs: number } {
  const { user, system } = process.threadCpuUsage?.() ?? { user: 0, system: 0 };
  return { wallMs: performance.now(), cpuMs: (user + system) / 1_000 };
}

function beat(): void {
  const time = takeTime();
  const ms = time.wallMs - lastBeat.wallMs - BEAT_MS;
  if (ms > longestStill.ms) longestStill = { ms, workedMs: time.cpuMs - lastBeat.cpuMs };
  lastBeat = time;
}

function finish(result: HostResult): never {
  writeSync(RESULT_FD, JSON.stringify(result));
  process.exit(0);
}

function takeLine(line: string): void {
  logged++;
  longestLine = Math.max(longestLine, line.length);
}

async function setUp(peer: Peer): Promise<Scene> {
  for (const guest of ['good', wanted.guest ?? 'good'] as const) peer.make(guest);
  const sandbox = await peer.open(takeLine);
  const bystander = await sandbox.load('good');
  await bystander.call('count', '');
  return { ...job, sandbox, bystander, losses: [], delays: [] };
}

/** What the guest that did the harm, another one and the event loop say afterwards. */
async function lookAround({ bystander, losses, delays }: Scene, victim: LoadedGuest | undefined): Promise<void> {
  const { ms } = longestStill;
  if (ms > STILL_MS) delays.push(`the event loop stood still for ${(ms / 1000).toFixed(1)} s`);
  const after = await attempt(bystander.call('count', ''));
  if ('message' in after) losses.push(`another guest fails: ${after.message}`);
  else if (after.value !== '2') losses.push('another guest lost its state');
  const closed = await attempt(bystander.close().then(() => ''));
  if ('message' in closed) losses.push(`another guest cannot be closed: ${closed.message}`);
  if (victim === undefined) return;
  const again = await attempt(victim.call('echo', 'again'));
  if ('message' in again) losses.push(`the next call fails: ${again.message}`);
  else if (again.value !== 'again') losses.push('the next call gets another answer');
}

async function run(): Promise<HostResult> {
  const peer = PEERS.find(({ name }) => name === job.peer);
  if (peer === undefined) throw new Error(`no peer ${job.peer}`);
  const signs = setInterval(() => writeSync(RESULT_FD, SIGN_OF_LIFE), SIGN_MS);
  const scene = await setUp(peer).catch((error: unknown) =>
    finish({ outcome: 'none', detail: `the host could not be set up: ${firstLine(error)}` }),
  );
  // What setting it up takes is not what is asked.
  await delay(2 * BEAT_MS);
  const startWatch = (): void => {
    longestStill = { ms: 0, workedMs: 0 };
    lastBeat = takeTime();
  };
  startWatch();
  const beats = setInterval(beat, BEAT_MS);
  const { detail, victim, isThrough } = await actOut(wanted, scene, startWatch);
  await delay(BEAT_MS);
  clearInterval(beats);
  beat();
  await lookAround(scene, victim);
  clearInterval(signs);

  const lost = [...scene.losses, ...scene.delays];
  // A thread that stood still without working was waiting, or had no processor: beside another host the two look alike.
  const isDoubtful =
    scene.losses.length === 0 && scene.delays.length > 0 && longestStill.workedMs < longestStill.ms / 2;
  const through = isThrough || logged >= FLOOD_LINES || longestLine > LIMITS.outputBytes;
  return {
    outcome: lost.length > 0 ? 'loss' : through ? 'through' : 'clean',
    detail: [
      detail,
      ...(logged > 0 ? [`${logged} lines logged`] : []),
      ...(longestLine > LIMITS.outputBytes ? [`one of ${longestLine} characters`] : []),
      ...lost,
    ].join('; '),
    ...(isDoubtful ? { isDoubtful } : {}),
  };
}

finish(
  await run().catch((error: unknown): HostResult => {
    if (error instanceof NeverAnswered) return { outcome: 'hangs', detail: error.message };
    throw error;
  }),
);
