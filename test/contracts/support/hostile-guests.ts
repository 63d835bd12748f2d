/** Guests of each contract that loop, fill memory or make the host hold something for them, and what has to end each. */
import type { ErrorCode } from '../../../engine/index.ts';
import { VALUE } from '../../support/component-writer.ts';
import { extismGuest, wasiCommand, wasiLibrary } from '../../support/foreign-guests.ts';
import { compileAssemblyScript } from '../../support/toolchains.ts';
import { pair, typedComponent } from '../../support/typed-component.ts';
import { compilePlugin } from '../../support/wat.ts';
import { worldComponent } from '../../support/world-component.ts';

/** A file, and one call of it. */
export interface GuestCase {
  readonly bytes: () => Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>>;
  readonly call: readonly [name: string, input?: unknown];
}

export interface Guests {
  readonly contract: string;
  readonly spin: GuestCase;
  /** Takes memory page by page until there is no more, writes to all of it, and traps. */
  readonly bomb: GuestCase;
  /** Ends after some thousand instructions. */
  readonly work: GuestCase;
}

const SPIN = '(loop $spin (br $spin))';
/** One word in each 4 KiB, so that the pages are really there. */
const BOMB = `(local $at i32) (local $end i32)
  (loop $grow (br_if $grow (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
  (local.set $end (i32.mul (memory.size) (i32.const 65536)))
  (loop $touch
    (i32.store (local.get $at) (i32.const 1))
    (br_if $touch (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4096))) (local.get $end))))
  (unreachable)`;
const WORK = `(local $n i32)
  (loop $count (br_if $count (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 5000))))`;

const SCRIPT = `
  export function spin(): void { while (true) {} }
  export function bomb(): i32 { const all: string[] = []; while (true) all.push("x".repeat(65536)); return all.length; }
  export function work(): i32 { let sum = 0; for (let i = 0; i < 5000; i++) sum += i; return sum; }
`;
let script: Promise<Uint8Array<ArrayBuffer>> | undefined;
const compiled = (): Promise<Uint8Array<ArrayBuffer>> => {
  script ??= compileAssemblyScript(SCRIPT, ['--exportRuntime', '-O']);
  return script;
};

const three = (
  contract: string,
  make: (body: string) => GuestCase,
  bodies: { readonly spin: string; readonly bomb: string; readonly work: string } = {
    spin: SPIN,
    bomb: BOMB,
    work: WORK,
  },
): Guests => ({ contract, spin: make(bodies.spin), bomb: make(bodies.bomb), work: make(bodies.work) });

export const GUESTS: readonly Guests[] = [
  three('guest ABI v1', (body) => ({
    bytes: () => compilePlugin({ functions: { f: `${body} (i64.const 0)` } }),
    call: ['f'],
  })),
  three('an Extism plugin', (body) => ({
    bytes: () => extismGuest({ functions: { f: `${body} (i32.const 0)` } }),
    call: ['f', ''],
  })),
  three('a WASI program', (body) => ({ bytes: () => wasiCommand(body), call: ['_start', ''] })),
  three('a WASI library', (body) => ({ bytes: () => wasiLibrary(`${body} (i32.const 0)`, []), call: ['run'] })),
  {
    contract: 'AssemblyScript',
    spin: { bytes: compiled, call: ['spin'] },
    bomb: { bytes: compiled, call: ['bomb'] },
    work: { bytes: compiled, call: ['work'] },
  },
  {
    contract: 'a component of our world',
    spin: { bytes: () => worldComponent(), call: ['spin'] },
    bomb: { bytes: () => worldComponent(), call: ['bomb'] },
    work: { bytes: () => worldComponent(), call: ['echo', 'x'.repeat(1_000)] },
  },
  three('a component of another world', (body) => ({
    bytes: () => typedComponent({ result: VALUE.u32, body: `(result i32) ${body} (i32.const 0)` }),
    call: ['f'],
  })),
];

export interface MemoryCase extends GuestCase {
  readonly name: string;
  /** One of these ends it; none where nothing has to. */
  readonly codes: readonly ErrorCode[];
}

const LIST = 0x70;
/** 16,000 elements of 8 bytes at 70,000, each (1024, 65000). */
const ALIASED = `(result i32) (local $i i32)
  (loop $l
    (i32.store (i32.add (i32.const 70000) (i32.mul (local.get $i) (i32.const 8))) (i32.const 1024))
    (i32.store (i32.add (i32.const 70004) (i32.mul (local.get $i) (i32.const 8))) (i32.const 65000))
    (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 16000))))
  ${pair(70_000, 16_000)}`;

/** Each would make a careless host hold hundreds of megabytes, beyond what the guest itself has. */
export const MEMORY_CASES: readonly MemoryCase[] = [
  ...GUESTS.map(({ contract, bomb }) => ({
    ...bomb,
    name: `a memory bomb: ${contract}`,
    codes: ['TRAP'] as const,
  })),
  {
    name: 'a component that returns a gigabyte of the same text',
    bytes: () => typedComponent({ types: [[LIST, VALUE.string]], result: 0, body: ALIASED, memory: '4' }),
    call: ['f'],
    codes: ['LIMIT_EXCEEDED'],
  },
  {
    name: 'a component that returns a gigabyte of the same bytes',
    bytes: () =>
      typedComponent({
        types: [
          [LIST, VALUE.u8],
          [LIST, 0],
        ],
        result: 1,
        body: ALIASED,
        memory: '4',
      }),
    call: ['f'],
    codes: ['LIMIT_EXCEEDED'],
  },
  {
    name: 'a component that returns 2^32 - 1 elements of nothing',
    bytes: () =>
      typedComponent({
        types: [
          [0x6f, 0],
          [LIST, 0],
        ],
        result: 1,
        body: `(result i32) ${pair(8, -1)}`,
      }),
    call: ['f'],
    codes: ['LIMIT_EXCEEDED'],
  },
  {
    name: 'an Extism plugin that takes blocks without end',
    bytes: () =>
      extismGuest({
        uses: ['alloc'],
        functions: {
          f: `(loop $l (drop (call $alloc (i64.const 65536))) (br $l)) (i32.const 0)`,
        },
      }),
    call: ['f', ''],
    codes: ['LIMIT_EXCEEDED'],
  },
  {
    name: 'an Extism plugin that takes a block of 2^63 bytes',
    bytes: () =>
      extismGuest({
        uses: ['alloc'],
        functions: { f: '(drop (call $alloc (i64.const 0x8000000000000000))) (i32.const 0)' },
      }),
    call: ['f', ''],
    codes: ['LIMIT_EXCEEDED'],
  },
  {
    name: 'a WASI program that writes lines without end',
    bytes: () =>
      wasiCommand(
        `(i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 60000))
         (loop $l (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16))) (br $l))`,
        ['fd_write'],
      ),
    call: ['_start', ''],
    codes: ['LIMIT_EXCEEDED', 'OUT_OF_FUEL'],
  },
  {
    name: 'a WASI program with 2^32 - 1 vectors',
    bytes: () =>
      wasiCommand(`(drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const -1) (i32.const 16)))`, ['fd_write']),
    call: ['_start', ''],
    codes: [],
  },
];
