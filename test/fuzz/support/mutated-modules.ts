/**
 * Generated modules with damaged code that is valid all the same: instructions left out, doubled, exchanged, taken from elsewhere.
 * So code comes to stand behind jumps, steps of loops where nothing reaches them, tests before what they test: shapes that no
 * generator thinks of, and no compiler writes.
 */
import { isRingfenceError } from '../../../engine/errors.ts';
import { checkModule } from '../../../engine/validate/index.ts';
import { decodeModule } from '../../../engine/wasm/decode.ts';
import { decodeInstructions } from '../../../engine/wasm/instructions.ts';
import type { Body, Module } from '../../../engine/wasm/module.ts';
import { MODULE_HEADER, SECTION, SECTION_ORDER } from '../../../engine/wasm/sections/layout.ts';
import { Writer } from '../../../engine/wasm/writer.ts';
import { type Random, random } from '../../support/random.ts';
import type { Tally } from './check.ts';
import { generatorHost } from './hosts.ts';
import { type GeneratedModule, generateModule } from './module-generator.ts';
import { runCase } from './run-case.ts';

/** Neither invalid nor something that is off, which a changed immediate may name. */
function isAccepted(bytes: Uint8Array<ArrayBuffer>): boolean {
  if (!WebAssembly.validate(bytes)) return false;
  try {
    checkModule(bytes);
    return true;
  } catch (error) {
    if (isRingfenceError(error, 'UNSUPPORTED_FEATURE')) return false;
    throw error;
  }
}

type Instructions = readonly Uint8Array[];
type Edit = (code: Instructions, everywhere: Instructions, next: Random) => Instructions;

/** @throws Error as runSeed does */
export function runMutatedSeed(seed: number): Tally {
  return runCase(`mutated seed ${seed}`, mutatedModule(seed), seed, generatorHost);
}

/** @param seed the same seed gives the same module, on every machine */
export function mutatedModule(seed: number): GeneratedModule {
  const next = random(seed);
  const { bytes, calls } = generateModule(seed);
  let mutated = bytes;
  for (let tries = 10 + next(40); tries > 0; tries--) {
    const candidate = editBody(mutated, next);
    if (isAccepted(candidate)) mutated = candidate;
  }
  return { bytes: mutated, calls };
}

const EDITS: readonly Edit[] = [
  (code, _, next) => code.toSpliced(next(code.length), 1),
  (code, everywhere, next) => code.toSpliced(next(code.length), 0, pick(everywhere, next)),
  (code, everywhere, next) => code.with(next(code.length), pick(everywhere, next)),
  (code, _, next) => {
    const [a, b] = [next(code.length), next(code.length)];
    return code.with(a, code[b] as Uint8Array).with(b, code[a] as Uint8Array);
  },
  (code, _, next) => {
    const from = next(code.length);
    return code.toSpliced(next(code.length), 0, ...code.slice(from, from + 1 + next(12)));
  },
  // Another immediate, or another instruction.
  (code, _, next) => {
    const at = next(code.length);
    const changed = (code[at] as Uint8Array).slice();
    changed[changed.length - 1] = next(changed.length > 1 ? 128 : 0xc5);
    return code.with(at, changed);
  },
];

const pick = <Item>(items: readonly Item[], next: Random): Item => items[next(items.length)] as Item;

/** The module with one of its functions changed. */
function editBody(bytes: Uint8Array<ArrayBuffer>, next: Random): Uint8Array<ArrayBuffer> {
  const module = decodeModule(bytes);
  const bodies = module.bodies.map((body) => instructionsOf(module, body));
  const chosen = next(bodies.length);
  const edited = pick(EDITS, next)(bodies[chosen] as Instructions, bodies.flat(), next);
  const code = new Writer().u32(bodies.length);
  for (const [i, { span, code: old }] of module.bodies.entries()) {
    const body = new Writer().bytes(bytes, span.start, old.start);
    for (const instruction of i === chosen ? edited : (bodies[i] as Instructions)) body.bytes(instruction);
    const content = body.finish();
    code.u32(content.length).bytes(content);
  }
  const out = new Writer().bytes(MODULE_HEADER);
  for (const id of SECTION_ORDER) {
    const section = module.sections[id];
    if (id === SECTION.code) out.section(id, code.finish());
    else if (section !== undefined) out.section(id, bytes.subarray(section.start, section.end));
  }
  return out.finish();
}

function instructionsOf({ bytes }: Module, { code }: Body): Instructions {
  const starts = [...decodeInstructions(bytes, code)].map(({ offset }) => offset);
  return starts.map((start, i) => bytes.subarray(start, starts[i + 1] ?? code.end));
}
