/** Loops for every instruction of the table whose operands are plain values: each in a chain, each result an operand of the next, or in a row. */
import { REFUSED_FEATURES } from '../../engine/validate/policy.ts';
import { OPCODES, type Opcode } from '../../engine/wasm/opcodes.ts';
import { DATA, type Loop, type Type } from './loop.ts';

export interface InstructionLoops {
  readonly name: string;
  /** Each result is an operand of the next: latency. Undefined where types do not fit. */
  readonly chain: Loop | undefined;
  /** Results do not depend on each other: throughput. */
  readonly row: Loop;
}

const SECOND_OPERAND: Readonly<Record<Type, string>> = {
  i32: '(local.get $i)',
  i64: '(local.get $j)',
  f32: '(local.get $f)',
  f64: '(local.get $d)',
  v128: '(local.get $v)',
};

/** Text of the immediates, where the table says that there are some. */
const IMMEDIATES: Readonly<Record<string, string>> = {
  memarg: '',
  lane: '1',
  lanes: '0 17 2 19 4 21 6 23 8 25 10 27 12 29 14 31',
};

const isFloatVector = (name: string): boolean => /^f(32x4|64x2)\./.test(name);
/** Everything else is measured by loops of its own, or cannot be asked for in bulk. */
const isPlain = ({ params, results, control, immediates, feature, prefix }: Opcode): boolean =>
  REFUSED_FEATURES[feature] === undefined &&
  control === 'none' &&
  params !== undefined &&
  params.length > 0 &&
  results?.length === 1 &&
  ![...params, ...results].includes('ref') &&
  immediates.every((kind) => kind in IMMEDIATES) &&
  (prefix === 0 || prefix === 0xfd || immediates.length === 0);

export function instructionLoops(): InstructionLoops[] {
  return OPCODES.filter(isPlain).map(loopsOf);
}

function loopsOf({ name, params = [], results = [], immediates }: Opcode): InstructionLoops {
  const [first = 'i32', ...others] = params as readonly Type[];
  const [result = 'i32'] = results as readonly Type[];
  const written = [name, ...immediates.map((kind) => IMMEDIATES[kind] ?? '')].join(' ');
  const vector = isFloatVector(name) ? '(local.get $w)' : SECOND_OPERAND.v128;
  const rest = others.map((type) => (type === 'v128' ? vector : SECOND_OPERAND[type])).join(' ');
  if (immediates.includes('memarg')) {
    // The operand is an address. Data that points to itself makes a chain of it.
    const address = `(i32.add (local.get $p) (i32.const $K))`;
    const row = fold(result, `(${written} ${first === 'i32' ? address : ''} ${rest})`, `(${LOADS[result]} ${address})`);
    const chain = name === 'i32.load' ? { body: '(local.set $p (i32.load (local.get $p)))' } : undefined;
    return { name, chain, row };
  }
  const fresh = operand(first, name);
  const row = fold(result, `(${written} ${fresh} ${rest})`, operand(result, name));
  if (first !== result) return { name, chain: undefined, row };
  const mixed = mix(first, `(local.get $x_${first})`, fresh, name);
  const set = (value: string): string => `(local.set $x_${first} ${value})`;
  return { name, chain: { body: set(`(${written} ${mixed} ${rest})`), baseline: set(mixed) }, row };
}

const LOADS: Readonly<Record<Type, string>> = {
  i32: 'i32.load',
  i64: 'i64.load',
  f32: 'f32.load',
  f64: 'f64.load',
  v128: 'v128.load',
};

/** An operand from memory: numbers from 1 to 2 for what works on floats, any bits for the rest. */
function operand(type: Type, name: string): string {
  const at =
    type === 'f32' || type === 'f64'
      ? DATA[type]
      : type === 'v128' && isFloatVector(name)
        ? name.startsWith('f32x4')
          ? DATA.f32x4
          : DATA.f64x2
        : DATA.int;
  return `(${LOADS[type]} offset=${at} (i32.const $K))`;
}

/** Keeps a chain from settling on one value. */
function mix(type: Type, value: string, fresh: string, name: string): string {
  if (type === 'f32' || type === 'f64') return `(${type}.add ${value} ${fresh})`;
  if (type === 'v128' && isFloatVector(name)) return `(${name.slice(0, 5)}.add ${value} ${fresh})`;
  return `(${type}.xor ${value} ${fresh})`;
}

/** Adds a result to what is left over at the end, by an operation that never waits long. */
function fold(type: Type, measured: string, plain: string): Loop {
  const into = (value: string): string => {
    if (type === 'f32') return `(local.set $x_i32 (i32.xor (local.get $x_i32) (i32.reinterpret_f32 ${value})))`;
    if (type === 'f64') return `(local.set $x_i64 (i64.xor (local.get $x_i64) (i64.reinterpret_f64 ${value})))`;
    return `(local.set $x_${type} (${type}.xor (local.get $x_${type}) ${value}))`;
  };
  return { body: into(measured), baseline: into(plain) };
}
