/**
 * The benchmark programs: what each is, how much work makes it run for about 100 ms, and what it answers.
 *
 * Every program exports `run(n: i32) -> i32` and imports nothing. `small` is a run of at most a few milliseconds, for tests; where
 * `known` says so its answer is a fact about the world and not only what the program once printed.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Language = 'assemblyscript' | 'c' | 'rust';

export interface Run {
  readonly n: number;
  readonly expected: number;
}

export interface Program {
  readonly name: string;
  readonly language: Language;
  readonly kind: string;
  /** About 100 ms on V8's optimising compiler. */
  readonly full: Run;
  readonly small: Run;
  /** What the answer of `small` is, where anyone can look it up. */
  readonly known?: string | undefined;
}

const program = (
  name: string,
  language: Language,
  kind: string,
  full: readonly [n: number, expected: number],
  small: readonly [n: number, expected: number],
  known?: string,
): Program => ({
  name,
  language,
  kind,
  full: { n: full[0], expected: full[1] },
  small: { n: small[0], expected: small[1] },
  known,
});

export const PROGRAMS: readonly Program[] = [
  program('bigint', 'c', 'arithmetic', [16_000, 252_837], [10, 27], 'the sum of the digits of n!'),
  program('binary-trees', 'c', 'allocation', [2000, -1_150_815_217], [10, 347_574_158]),
  program('blake2s', 'rust', 'hashing', [600, 653_579_337], [0, 0x508c5e8c], 'the first word of the digest of "abc"'),
  program('bytecode-vm', 'c', 'interpreter', [80_000, 16_823_613], [100, 3117]),
  program('crc32', 'c', 'hashing', [700, 671_631_801], [0, 0xcbf43926 | 0], 'the CRC of "123456789"'),
  program('csv', 'c', 'parsing', [400, -365_552_379], [1, 1_572_700_824]),
  program('event-queue', 'assemblyscript', 'objects', [350_000, 1_883_339_483], [200, 1_764_013_702]),
  program('expression', 'rust', 'parsing', [40_000, -851_344_688], [10, 1_530_063_742]),
  program('fft', 'c', 'numeric', [4500, -1_398_014_895], [1, -1_285_749_237]),
  program('function-pointer-vm', 'c', 'indirect calls', [750_000, -441_581_696], [100, -832_354_327]),
  program('hash-map', 'rust', 'hash map', [700, -2_029_189_221], [1, -545_293_196]),
  program('jacobi', 'c', 'numeric', [2000, 601_730_005], [3, 757_789_925]),
  program('json-parser', 'assemblyscript', 'parsing', [7000, 495_974_316], [1, 222_272_405]),
  program('life', 'assemblyscript', 'numeric', [450, -602_544_002], [1, -1_479_776_716]),
  program('lz', 'c', 'compression', [800, -783_106_027], [1, -847_628_553]),
  program('mandelbrot', 'c', 'numeric', [900, 1_355_045_530], [20, -513_391_382]),
  program('matrix-multiply', 'assemblyscript', 'numeric', [320, 772_538_457], [10, -1_866_672_166]),
  program('merge-sort', 'rust', 'sorting', [220, -1_628_011_109], [1, 1_897_399_574]),
  program('nbody', 'c', 'numeric', [1_600_000, 679_493_368], [100, -647_960_753]),
  program(
    'prime-sieve',
    'assemblyscript',
    'numeric',
    [16_000_000, 1_031_130],
    [1_000_000, 78_498],
    'the primes below n',
  ),
  program('queens', 'rust', 'recursion', [12, 14_200], [8, 92], 'the ways to place n queens'),
  program('quicksort', 'c', 'sorting', [40, 239_605_617], [1, 1_918_254_134]),
  program('recursion', 'c', 'recursion', [38, 1_211_737_332], [8, 680], 'fib(8) * 31 + ack(3, 2)'),
  program('regex', 'c', 'text', [220, -1_244_188_343], [1, 1_323_782_339]),
  program('sha256', 'c', 'hashing', [320, 1_368_744_131], [0, 0xba7816bf | 0], 'the first word of the digest of "abc"'),
  program('shapes', 'rust', 'indirect calls', [8000, 887_528_609], [2, -1_102_422_321]),
  program('shortest-path', 'rust', 'graph', [550, -990_964_877], [1, 195_828_277]),
  program('simd-blur', 'c', 'simd', [8000, 1_607_307_400], [1, -1_769_833_598]),
  program('simd-dot', 'c', 'simd', [120_000, 818_353_383], [2, 702_061_759]),
  program(
    'siphash',
    'c',
    'hashing',
    [5_000_000, -29_264_313],
    [0, 0x49be45e5],
    'the low word of the test vector of its paper',
  ),
  program('sudoku', 'c', 'backtracking', [160, -168_420_309], [1, -1_905_904_622]),
  program('text-builder', 'assemblyscript', 'text', [9000, -932_878_857], [1, -1_492_591_914]),
  program('tokeniser', 'assemblyscript', 'text', [5500, 831_800_289], [1, -1_896_894_240]),
  program('word-count', 'rust', 'text', [470, 57_261_129], [1, -1_277_476_695]),
];

/** The committed artefact of a program. */
export function readProgram({ name }: Pick<Program, 'name'>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(join(import.meta.dirname, 'wasm', `${name}.wasm`)));
}
