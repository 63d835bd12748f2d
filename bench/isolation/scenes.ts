/** What is done in each case, and what the callers are told. */
import { setTimeout as delay, setImmediate as immediately } from 'node:timers/promises';
import { inspect, types } from 'node:util';
import { CROWD, type IsolationCase } from './cases.ts';
import { type GuestFunction, LIMITS, type LoadedGuest, type Sandbox } from './peer.ts';
import { startRedirect } from './redirect.ts';

export interface Scene {
  readonly sandbox: Sandbox;
  /** Another guest of the same host, which has counted to one. */
  readonly bystander: LoadedGuest;
  /** What went wrong, to be added to. */
  readonly losses: string[];
  /** What only took too long by the clock, to be added to: the neighbours may have had the processor. */
  readonly delays: string[];
  readonly calls: number;
  readonly callsMs: number;
  readonly guests: number;
}

export interface Ending {
  /** What the caller was told. */
  readonly detail: string;
  /** The guest that did the harm, where it must be able to go on. */
  readonly victim?: LoadedGuest;
  /** Whether something came through that should not have. */
  readonly isThrough?: boolean;
}

/** What is not answered by then never will be, and sooner what only a deadline ends. */
const PATIENCE_MS = LIMITS.startDeadlineMs + 3 * LIMITS.deadlineMs;
const LOOP_PATIENCE_MS = 3 * LIMITS.deadlineMs;
const CALLERS = 4;
const BATCH = 100;
const OTHER_CALLS = 10;
/** Guests that are loaded at the same time. */
const LOADERS = 10;

/** A promise that is never settled ends the case. */
export class NeverAnswered extends Error {
  override readonly message = 'the caller is never answered';
}

/** The answer, or what the caller is told instead. */
export async function attempt(
  work: Promise<string>,
  patienceMs = PATIENCE_MS,
): Promise<{ value: string } | { message: string }> {
  const late = new AbortController();
  const outcome = await Promise.race([
    work.then(
      (value) => ({ value }),
      (error: unknown) => ({ message: firstLine(error) }),
    ),
    delay(patienceMs, undefined, { signal: late.signal }),
  ]);
  late.abort();
  if (outcome === undefined) throw new NeverAnswered();
  return outcome;
}

/** Some peers throw errors of another realm, and some no errors, but objects with a text in them. */
export function firstLine(error: unknown): string {
  const inside = typeof error === 'object' && error !== null ? Object.values(error) : [];
  const text = types.isNativeError(error)
    ? String(error)
    : (inside.find((value) => typeof value === 'string') ?? inspect(error, { breakLength: Number.POSITIVE_INFINITY }));
  return text.split('\n')[0]?.slice(0, 160) ?? '';
}

/** @param startWatch called when all is ready for the harm: from here on it counts how long the event loop stands still */
export async function actOut(wanted: IsolationCase, scene: Scene, startWatch: () => void): Promise<Ending> {
  const { sandbox } = scene;
  if (wanted.whileLoading !== undefined) return loadHarm(wanted, scene);
  if (wanted.name === 'redirect to a private address') return followRedirect(scene, startWatch);
  if (wanted.name === 'a thousand guests') return loadMany(scene);
  if (wanted.name === 'a crowd of loops') return crowd(scene, startWatch);
  const victim = await sandbox.load(wanted.guest ?? 'good');
  startWatch();
  if (wanted.name === 'overlapping calls') return overlap(victim, scene);
  if (wanted.name === 'a million calls') return callOften(victim, scene);
  if (wanted.name === 'close during a call') return closeDuring(victim, scene);
  const detail = await callHarm(victim, wanted.calls as GuestFunction);
  // What was sent to the host on another way than the answer may still come.
  if (wanted.calls === 'flood') await delay(LIMITS.deadlineMs);
  return { detail, victim, isThrough: wanted.calls === 'huge' && detail.startsWith('answered') };
}

async function callHarm(victim: LoadedGuest, name: GuestFunction, input = ''): Promise<string> {
  const outcome = await attempt(victim.call(name, input), name === 'loop' ? LOOP_PATIENCE_MS : PATIENCE_MS);
  return 'message' in outcome ? outcome.message : `answered with ${outcome.value.length} characters`;
}

async function loadHarm({ guest = 'good', whileLoading }: IsolationCase, scene: Scene): Promise<Ending> {
  let victim: LoadedGuest | undefined;
  const loaded = await attempt(
    scene.sandbox.load(guest).then((one) => {
      victim = one;
      return 'loaded';
    }),
  );
  if ('message' in loaded) return { detail: `loading: ${loaded.message}` };
  if (whileLoading === 'must-fail' || victim === undefined) {
    scene.losses.push('loading succeeded though the start of the guest failed');
    return { detail: 'loaded' };
  }
  return { detail: `loaded; its function ${await callHarm(victim, 'bomb')}`, victim };
}

async function followRedirect({ sandbox, losses }: Scene, startWatch: () => void): Promise<Ending> {
  await using redirect = await startRedirect();
  const victim = await sandbox.load('http', redirect.origin);
  const plain = await attempt(victim.call('get', `${redirect.origin}/plain`));
  if (!('value' in plain && plain.value === redirect.plainAnswer)) {
    losses.push(`a request that is allowed fails: ${'value' in plain ? `got "${plain.value}"` : plain.message}`);
  }
  startWatch();
  const detail = await callHarm(victim, 'get', `${redirect.origin}/redirect`);
  const asked = redirect.timesAsked();
  return { detail: asked > 0 ? `${detail}; the private address was asked` : detail, victim, isThrough: asked > 0 };
}

async function closeDuring(victim: LoadedGuest, { losses }: Scene): Promise<Ending> {
  const answer = callHarm(victim, 'loop');
  // It is awaited below; that it fails before is no news to Node.
  answer.catch(() => {});
  // Long enough for the call to have begun, and not so long that something else ends it.
  await delay(LIMITS.deadlineMs / 50);
  const closed = await attempt(victim.close().then(() => ''));
  if ('message' in closed) losses.push(`close failed: ${closed.message}`);
  return { detail: await answer };
}

async function overlap(victim: LoadedGuest, { losses }: Scene): Promise<Ending> {
  const inputs = Array.from({ length: CALLERS }, (_, i) => `caller ${i}`);
  const answers = await Promise.all(inputs.map((input) => attempt(victim.call('echo', input))));
  answers.forEach((answer, i) => {
    if ('message' in answer) losses.push(`caller ${i} was refused: ${answer.message}`);
    else if (answer.value !== inputs[i]) losses.push(`caller ${i} got another answer`);
  });
  return { detail: `${CALLERS} callers`, victim };
}

/** The one who calls another guest meanwhile must not wait as long as for the loops. */
async function crowd({ sandbox, losses, delays }: Scene, startWatch: () => void): Promise<Ending> {
  const [caller, ...loops] = await Promise.all(Array.from({ length: CROWD + 1 }, () => sandbox.load('good')));
  startWatch();
  const told = Promise.all(loops.map((guest) => callHarm(guest, 'loop')));
  told.catch(() => {});
  let longest = 0;
  for (let i = 0; i < OTHER_CALLS && caller !== undefined; i++) {
    const asked = performance.now();
    const answer = await attempt(caller.call('echo', 'meanwhile'));
    longest = Math.max(longest, performance.now() - asked);
    if ('message' in answer) losses.push(`another guest fails: ${answer.message}`);
    else if (answer.value !== 'meanwhile') losses.push('another guest gets another answer');
  }
  if (longest > LIMITS.deadlineMs / 2) delays.push(`another guest was answered after ${(longest / 1000).toFixed(1)} s`);
  const [first = ''] = await told;
  return { detail: first, ...(loops[0] === undefined ? {} : { victim: loops[0] }) };
}

async function loadMany({ sandbox, guests, losses }: Scene): Promise<Ending> {
  let left = guests;
  let made = 0;
  let last: LoadedGuest | undefined;
  async function loader(): Promise<void> {
    while (left-- > 0 && losses.length === 0) {
      const answer = await attempt(
        sandbox.load('good').then((guest) => {
          last = guest;
          return guest.call('count', '');
        }),
      );
      if (!('value' in answer)) losses.push(`guest ${made + 1}: ${answer.message}`);
      else if (answer.value !== '1') losses.push(`guest ${made + 1} got another answer`);
      else made++;
      await immediately();
    }
  }
  await Promise.all(Array.from({ length: LOADERS }, loader));
  return { detail: `${made} guests`, ...(last === undefined ? {} : { victim: last }) };
}

async function callOften(victim: LoadedGuest, { calls, callsMs, losses }: Scene): Promise<Ending> {
  const started = performance.now();
  let made = 0;
  while (made < calls && losses.length === 0 && performance.now() - started < callsMs) {
    const count = Math.min(BATCH, calls - made);
    const answer = await attempt(callBatch(victim, made + 1, count));
    if ('message' in answer) losses.push(answer.message);
    else made += count;
    // Peers without a thread answer in microtasks: the host gives its other work a turn.
    await immediately();
  }
  const isCut = made < calls && losses.length === 0;
  return { detail: isCut ? `${made} calls in the time there is` : `${made} calls`, victim };
}

async function callBatch(victim: LoadedGuest, first: number, count: number): Promise<string> {
  for (let i = first; i < first + count; i++) {
    const input = `call ${i}`;
    const value = await victim.call('echo', input).catch((error: unknown) => {
      throw new Error(`call ${i} failed: ${firstLine(error)}`);
    });
    if (value !== input) throw new Error(`call ${i} got another answer`);
  }
  return '';
}
