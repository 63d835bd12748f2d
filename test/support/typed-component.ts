/** A component of a world of its own, with one function, of the types that a test gives it. */
import { CORE, ComponentWriter, SORT } from './component-writer.ts';
import { compileWat } from './wat.ts';

export interface TypedComponent {
  /** Bytes of the types that the function refers to, by index from 0. */
  readonly types?: readonly (readonly number[])[];
  /** Value types of its parameters, which are named a, b, c …; a number below 64 is the index of a type. */
  readonly params?: readonly number[];
  readonly result?: number;
  /** The function in the text format, with its parameters and results: "(param i32) (result i32) (local.get 0)". */
  readonly body: string;
  /** More text for the core module. */
  readonly extra?: string;
  /** Of the allocator: (old, old size, alignment, size) -> pointer. @default one that works */
  readonly realloc?: string;
  readonly post?: string;
  /** @default "f" */
  readonly name?: string;
  /** An option byte: 0 UTF-8, 1 UTF-16, 2 Latin-1 or UTF-16. */
  readonly encoding?: number;
  readonly memory?: string;
}

/** Aligned, and never given back. */
const BUMP = `(param i32 i32 i32 i32) (result i32) (local $at i32)
  (local.set $at (i32.and (i32.add (global.get $top) (i32.sub (local.get 2) (i32.const 1))) (i32.sub (i32.const 0) (local.get 2))))
  (global.set $top (i32.add (local.get $at) (local.get 3)))
  (if (i32.gt_u (global.get $top) (i32.mul (memory.size) (i32.const 65536)))
    (then (drop (memory.grow (i32.add (i32.const 1) (i32.div_u (local.get 3) (i32.const 65536)))))))
  (local.get $at)`;

export function typedComponent({
  types = [],
  params = [],
  result,
  body,
  extra = '',
  realloc = BUMP,
  post,
  name = 'f',
  encoding = 0,
  memory = '2',
}: TypedComponent): Uint8Array<ArrayBuffer> {
  const core = compileWat(`(module
    (memory (export "memory") ${memory})
    (global $top (mut i32) (i32.const 4096))
    (func $realloc (export "realloc") ${realloc})
    (func $f (export "f") ${body})
    ${post === undefined ? '' : `(func (export "post") ${post})`}
    ${extra})`);
  const writer = new ComponentWriter()
    .coreModule(core)
    .coreInstantiate(0)
    .aliasCore(0, CORE.memory, 'memory')
    .aliasCore(0, CORE.func, 'realloc')
    .aliasCore(0, CORE.func, 'f');
  if (post !== undefined) writer.aliasCore(0, CORE.func, 'post');
  for (const type of types) writer.type(...type);
  const lift = { memory: 0, realloc: 0, more: [encoding], ...(post === undefined ? {} : { postReturn: 2 }) };
  return writer.funcType(params, result).lift(1, types.length, lift).export(name, SORT.func, 0).bytes();
}

/** Text for a body: a result of two words at address 16. */
export const pair = (first: number | string, second: number | string): string =>
  `(i32.store (i32.const 16) ${word(first)}) (i32.store (i32.const 20) ${word(second)}) (i32.const 16)`;

const word = (value: number | string): string => (typeof value === 'string' ? value : `(i32.const ${value})`);
