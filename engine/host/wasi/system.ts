/** The rest of WASI preview 1: clock, random numbers, arguments, environment, leaving. Of a system there is nothing. */
import { ERRNO, WASI_MODULE } from '../../abi/wasi.ts';
import { RingfenceError } from '../../errors.ts';
import { overLimit } from '../account.ts';
import type { HostContext } from '../context.ts';
import { TRAP } from '../trap.ts';
import { isInside, type WasiRow, wasiRow } from './row.ts';
import { EXITED } from './state.ts';

/** What clocks say without the grant `clock`: they stand still. Midnight UTC of 1 January 2000. */
const FIXED_MS = 946_684_800_000;
const NANOSECONDS = 1_000_000n;
const REALTIME = 0;
const CLOCKS = 4;
const RANDOM_PRICE = 5;

export const SYSTEM: readonly WasiRow[] = [
  wasiRow('args_sizes_get', ['i32', 'i32'], none),
  wasiRow('args_get', ['i32', 'i32'], () => ERRNO.success),
  wasiRow('environ_sizes_get', ['i32', 'i32'], none),
  wasiRow('environ_get', ['i32', 'i32'], () => ERRNO.success),
  wasiRow('clock_res_get', ['i32', 'i32'], (host, clock, result) =>
    clock >>> 0 < CLOCKS ? giveTime(host, result, 1) : ERRNO.inval,
  ),
  wasiRow('clock_time_get', ['i32', 'i64', 'i32'], time),
  wasiRow('random_get', ['i32', 'i32'], random, 15_000),
  wasiRow('sched_yield', [], () => ERRNO.success),
  // To sleep is to wait for a clock, and for one that stands still without end.
  wasiRow('poll_oneoff', ['i32', 'i32', 'i32', 'i32'], () => ERRNO.notsup),
  wasiRow('proc_raise', ['i32'], () => ERRNO.nosys),
  {
    module: WASI_MODULE,
    name: 'proc_exit',
    capability: 'wasi',
    params: ['i32'],
    results: [],
    price: { base: 200 },
    call: (host, status) => exit(host, status >>> 0),
  },
];

/** Two zeros: how many there are, and how many bytes they take. */
function none(host: HostContext, count: number, bytes: number): number {
  if (!isInside(host, count, 4) || !isInside(host, bytes, 4)) return ERRNO.fault;
  host.memory.view(count, 4, 'count').fill(0);
  host.memory.view(bytes, 4, 'size').fill(0);
  return ERRNO.success;
}

/** Whole milliseconds, for the reason that the capability `clock` has. */
function time(host: HostContext, clock: number, _precision: number, result: number): number {
  if (clock >>> 0 >= CLOCKS) return ERRNO.inval;
  const isGranted = host.services.permits.get('clock')?.granted === true;
  if (clock === REALTIME) return giveTime(host, result, isGranted ? host.sources.wallMs() : FIXED_MS);
  return giveTime(host, result, isGranted ? host.sources.monotonicMs() : 0);
}

function giveTime(host: HostContext, result: number, ms: number): number {
  if (!isInside(host, result, 8)) return ERRNO.fault;
  const { buffer, byteOffset } = host.memory.view(result, 8, 'time');
  new DataView(buffer).setBigUint64(byteOffset, BigInt(Math.floor(ms)) * NANOSECONDS, true);
  return ERRNO.success;
}

/** Over the limit the call ends, as with the capability `random`: an error number could be overlooked. */
function random(host: HostContext, pointer: number, length: number): number {
  if (!isInside(host, pointer, length)) return ERRNO.fault;
  const { account } = host;
  const { randomBytes } = account.limits;
  const size = length >>> 0;
  if (account.randomBytes + size > randomBytes) throw overLimit('randomBytes', randomBytes, 'random bytes in one call');
  account.randomBytes += size;
  account.pay(size * RANDOM_PRICE);
  host.sources.fillRandom(host.memory.view(pointer, length, 'random bytes'));
  return ERRNO.success;
}

function exit(host: HostContext, status: number): never {
  if (!host.wasi.isCommand) {
    throw new RingfenceError('TRAP', `The plugin called proc_exit(${status})`, { details: { kind: 'exit', status } });
  }
  if (status !== 0) {
    const message = `exit status ${status}`;
    throw new RingfenceError('GUEST_ERROR', `The program failed: EXIT: ${message}`, {
      details: { code: 'EXIT', message, details: { status } },
    });
  }
  host.account.end(EXITED);
  throw TRAP;
}
