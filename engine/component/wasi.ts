/**
 * WASI 0.2 as small functions over WASI preview 1, whose host functions stand for a system without files, network and
 * environment: streams go to the log, clocks stand still unless `clock` is granted, leaving is a trap. What is not here traps
 * when it is called: there is nothing that it could be about.
 */
import { WASI_MODULE } from '../abi/wasi.ts';
import type { NumberType } from '../wasm/types.ts';
import type { Assembler } from './assembler.ts';
import type { Signature } from './signature.ts';

/** What the body of such a function may use. */
export interface WasiContext {
  /** Index of a function of WASI preview 1. */
  readonly host: (name: WasiHostName) => number;
  /** Index of the guest's allocator: (0, 0, alignment, size) -> pointer. */
  readonly realloc: () => number;
}

export interface WasiFunction {
  readonly signature: Signature;
  /** Types of its locals behind the parameters. */
  readonly locals: readonly NumberType[];
  /** Its instructions without the last `end`. */
  readonly write: (code: Assembler, context: WasiContext) => void;
}

/** The functions of WASI preview 1 that are imported for it. */
export const WASI_HOST = {
  fd_write: { params: ['i32', 'i32', 'i32', 'i32'], results: ['i32'] },
  clock_time_get: { params: ['i32', 'i64', 'i32'], results: ['i32'] },
  random_get: { params: ['i32', 'i32'], results: ['i32'] },
  proc_exit: { params: ['i32'], results: [] },
} as const satisfies Record<string, Signature>;
export type WasiHostName = keyof typeof WASI_HOST;
export { WASI_MODULE };

const fn = (
  params: readonly NumberType[],
  results: readonly NumberType[],
  write: WasiFunction['write'],
  locals: readonly NumberType[] = [],
): WasiFunction => ({ signature: { params, results }, locals, write });

const I32: readonly NumberType[] = ['i32'];
const REALTIME = 0;
const MONOTONIC = 1;
const BILLION = 1_000_000_000;
const MILLISECOND = 1_000_000;
/** Handles of streams are their descriptors in preview 1; whatever can be waited for is ready, and has this one. */
const POLLABLE = 16;
/** How much may be written at a time: no more than any line that the log takes. */
const WRITABLE_BYTES = 65_536;

/** An empty list at the address in the first parameter. */
const emptyList = fn(I32, [], (code) => code.get(0).i64(0).access('i64.store'));
/** No option, or success without a value, at the address in a parameter. */
const zeroAt = (params: readonly NumberType[], result: number): WasiFunction =>
  fn(params, [], (code) => code.get(result).i32(0).access('i32.store8'));
const constant = (params: readonly NumberType[], value: number): WasiFunction =>
  fn(params, I32, (code) => code.i32(value));

/** (self, pointer, length, result): the result is twelve bytes, and serves as the vector of preview 1 before. */
const write = fn(['i32', 'i32', 'i32', 'i32'], [], (code, { host }) => {
  code.get(3).get(1).access('i32.store').get(3).get(2).access('i32.store', 4);
  code.get(0).get(3).i32(1).get(3).i32(8).plain('i32.add').call(host('fd_write'));
  // A descriptor that is not there, or bytes that do not lie in memory: the stream is closed.
  code.if().get(3).i32(1).access('i32.store8').get(3).i32(1).access('i32.store8', 4).return().end();
  code.get(3).i32(0).access('i32.store8');
});
/** (self, length, result): standard input is at its end. */
const read = fn(['i32', 'i64', 'i32'], [], (code) =>
  code.get(2).i32(1).access('i32.store8').get(2).i32(1).access('i32.store8', 4),
);

/**
 * An i64 that a function of preview 1 writes to memory. What lies at address 0 is put back: nobody else runs meanwhile.
 * Local 0 is the i64 that was there, local 1 the answer.
 */
const throughMemory = (call: (code: Assembler, context: WasiContext) => void): WasiFunction =>
  fn(
    [],
    ['i64'],
    (code, context) => {
      code.i32(0).access('i64.load').set(0);
      call(code, context);
      code.if().trap().end();
      code.i32(0).access('i64.load').set(1).i32(0).get(0).access('i64.store').get(1);
    },
    ['i64', 'i64'],
  );
const random64 = throughMemory((code, { host }) => code.i32(0).i32(8).call(host('random_get')));
/** (length, result): a list of random bytes. */
const randomBytes = fn(
  ['i64', 'i32'],
  [],
  (code, { host, realloc }) => {
    code.get(0).i64(0x7fff_ffff).plain('i64.gt_u').if().trap().end();
    code.get(1).get(0).plain('i32.wrap_i64').access('i32.store', 4);
    code.i32(0).i32(0).i32(1).get(0).plain('i32.wrap_i64').call(realloc()).set(2);
    code.get(1).get(2).access('i32.store');
    code.get(2).get(0).plain('i32.wrap_i64').call(host('random_get')).if().trap().end();
  },
  I32,
);
const time =
  (clock: number) =>
  (code: Assembler, { host }: WasiContext) =>
    code.i32(clock).i64(1).i32(0).call(host('clock_time_get'));

/** Every pollable is ready: the list of all their numbers. (list, length, result) */
const poll = fn(
  ['i32', 'i32', 'i32'],
  [],
  (code, { realloc }) => {
    code.get(1).i32(0xff_ffff).plain('i32.ge_u').if().trap().end();
    code.i32(0).i32(0).i32(4).get(1).i32(4).plain('i32.mul').call(realloc()).set(3);
    code.get(2).get(3).access('i32.store').get(2).get(1).access('i32.store', 4);
    code.block().loop();
    code.get(4).get(1).plain('i32.ge_u').brIf(1);
    code.get(3).get(4).i32(4).plain('i32.mul').plain('i32.add').get(4).access('i32.store');
    code.get(4).i32(1).plain('i32.add').set(4).br(0);
    code.end().end();
  },
  ['i32', 'i32'],
);

const exit = fn(I32, [], (code, { host }) => code.get(0).call(host('proc_exit')).trap());

/** By interface and function. */
export const WASI_FUNCTIONS: ReadonlyMap<string, WasiFunction> = new Map([
  ['wasi:cli/environment#get-environment', emptyList],
  ['wasi:cli/environment#get-arguments', emptyList],
  ['wasi:cli/environment#initial-cwd', zeroAt(I32, 0)],
  ['wasi:cli/exit#exit', exit],
  ['wasi:cli/exit#exit-with-code', exit],
  ['wasi:cli/stdin#get-stdin', constant([], 0)],
  ['wasi:cli/stdout#get-stdout', constant([], 1)],
  ['wasi:cli/stderr#get-stderr', constant([], 2)],
  ['wasi:cli/terminal-stdin#get-terminal-stdin', zeroAt(I32, 0)],
  ['wasi:cli/terminal-stdout#get-terminal-stdout', zeroAt(I32, 0)],
  ['wasi:cli/terminal-stderr#get-terminal-stderr', zeroAt(I32, 0)],
  [
    'wasi:io/error#[method]error.to-debug-string',
    fn(['i32', 'i32'], [], (code) => code.get(1).i64(0).access('i64.store')),
  ],
  ['wasi:io/poll#[method]pollable.ready', constant(I32, 1)],
  ['wasi:io/poll#[method]pollable.block', fn(I32, [], () => {})],
  ['wasi:io/poll#poll', poll],
  [
    'wasi:io/streams#[method]output-stream.check-write',
    fn(['i32', 'i32'], [], (code) =>
      code.get(1).i32(0).access('i32.store8').get(1).i64(WRITABLE_BYTES).access('i64.store', 8),
    ),
  ],
  ['wasi:io/streams#[method]output-stream.write', write],
  ['wasi:io/streams#[method]output-stream.blocking-write-and-flush', write],
  ['wasi:io/streams#[method]output-stream.flush', zeroAt(['i32', 'i32'], 1)],
  ['wasi:io/streams#[method]output-stream.blocking-flush', zeroAt(['i32', 'i32'], 1)],
  ['wasi:io/streams#[method]output-stream.subscribe', constant(I32, POLLABLE)],
  ['wasi:io/streams#[method]input-stream.read', read],
  ['wasi:io/streams#[method]input-stream.blocking-read', read],
  ['wasi:io/streams#[method]input-stream.skip', read],
  ['wasi:io/streams#[method]input-stream.blocking-skip', read],
  ['wasi:io/streams#[method]input-stream.subscribe', constant(I32, POLLABLE)],
  ['wasi:clocks/monotonic-clock#now', throughMemory(time(MONOTONIC))],
  ['wasi:clocks/monotonic-clock#resolution', fn([], ['i64'], (code) => code.i64(MILLISECOND))],
  ['wasi:clocks/monotonic-clock#subscribe-instant', fn(['i64'], I32, (code) => code.i32(POLLABLE))],
  ['wasi:clocks/monotonic-clock#subscribe-duration', fn(['i64'], I32, (code) => code.i32(POLLABLE))],
  [
    'wasi:clocks/wall-clock#now',
    fn(
      I32,
      [],
      (code, { host }) => {
        code.i32(REALTIME).i64(1).get(0).call(host('clock_time_get')).if().trap().end();
        code.get(0).access('i64.load').set(1);
        code.get(0).get(1).i64(BILLION).plain('i64.div_u').access('i64.store');
        code.get(0).get(1).i64(BILLION).plain('i64.rem_u').plain('i32.wrap_i64').access('i32.store', 8);
      },
      ['i64'],
    ),
  ],
  [
    'wasi:clocks/wall-clock#resolution',
    fn(I32, [], (code) => code.get(0).i64(0).access('i64.store').get(0).i32(MILLISECOND).access('i32.store', 8)),
  ],
  ['wasi:filesystem/preopens#get-directories', emptyList],
  ['wasi:filesystem/types#filesystem-error-code', zeroAt(['i32', 'i32'], 1)],
  ['wasi:filesystem/types#http-error-code', zeroAt(['i32', 'i32'], 1)],
  ['wasi:random/random#get-random-bytes', randomBytes],
  ['wasi:random/random#get-random-u64', random64],
  ['wasi:random/insecure#get-insecure-random-bytes', randomBytes],
  ['wasi:random/insecure#get-insecure-random-u64', random64],
  [
    'wasi:random/insecure-seed#insecure-seed',
    fn(I32, [], (code, { host }) => code.get(0).i32(16).call(host('random_get')).if().trap().end()),
  ],
]);
