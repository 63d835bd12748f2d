/**
 * How much fuel this machine burns in a millisecond of CPU time: measured once per process, with a fixed piece of metered
 * code, when somebody first writes fuel as time ("50ms").
 */
import type { LimitRates } from '../limits.ts';
import { Assembler } from '../meter/assembler.ts';
import { type HiddenNames, MAX_FUEL, meter } from '../meter/index.ts';
import { opcode } from '../wasm/opcodes.ts';
import { SECTION } from '../wasm/sections/layout.ts';
import { Writer } from '../wasm/writer.ts';

/**
 * What plugins do, in proportion: arithmetic, loads and stores that stay in the first-level cache, a branch that is guessed
 * wrong now and then, a call. Its rate is near the middle of those of the programs that `npm run bench:prices` runs.
 */
const WORK = `
  loop
    local.get 2  i32.const 4  i32.add  i32.const 4092  i32.and  local.tee 2
    local.get 2  i32.load 2 0  i32.const 1664525  i32.mul  i32.const 1013904223  i32.add
    local.get 2  i32.load 2 4  i32.xor  local.tee 3  i32.store 2 0
    local.get 0  i32.const 7  i32.and
    if
      local.get 3  i32.const 5  i32.rotl  local.get 1  i32.add  local.set 1
    else
      local.get 3  local.get 1  call 1  local.set 1
    end
    local.get 0  i32.const 1  i32.sub  local.tee 0
    br_if 0
  end
  local.get 1
end`;
/** Called now and then. It recurs, so that its callers do not charge for it. */
const CALLED = `
  local.get 1  i32.const 3  i32.and
  if
    local.get 0  i32.const 7  i32.mul  local.get 1  i32.const 2  i32.shr_u  call 1  return
  end
  local.get 0  i32.const 13  i32.xor
end`;

/**
 * Times round the loop in one measurement: a fifth of a millisecond, which is seldom interrupted. So the fastest measurement by
 * the wall clock is CPU time; the clocks of CPU time move in steps of a millisecond on many systems.
 */
const ROUNDS = 70_000;
/** Measurements, at least and at most: until the optimising compiler is done, the code is slower. */
const LEAST = 25;
const MOST = 200;
/** So many in a row that were no faster than the fastest: the code is as fast as it gets. */
const SETTLED = 20;
/** On a machine that has no time to measure its time. */
const MOST_MS = 250;

let measured: number | undefined;

/**
 * Fuel that one millisecond of CPU time buys on this machine, while it runs at full speed. The first call takes some
 * milliseconds, the others nothing.
 */
export function fuelPerMs(): number {
  measured ??= measure();
  return measured;
}

/** What limits may ask of this machine. */
export const MACHINE_RATES: LimitRates = { fuelPerMs };

function measure(): number {
  const { run, spent } = instantiate();
  const giveUpAt = performance.now() + MOST_MS;
  let best = 0;
  let sinceBest = 0;
  let now = 0;
  for (let i = 0; i < MOST && now < giveUpAt && (i < LEAST || sinceBest < SETTLED); i++) {
    const before = performance.now();
    run();
    now = performance.now();
    const rate = now > before ? spent() / (now - before) : 0;
    sinceBest = rate > best * 1.02 ? 0 : sinceBest + 1;
    best = Math.max(best, rate);
  }
  return Math.max(1, Math.round(best));
}

function instantiate(): { readonly run: () => void; readonly spent: () => number } {
  const { bytes, report } = meter(workload(), { slice: false });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const member = <Fn>(name: keyof HiddenNames): Fn => exports[report.hidden[name] as string] as Fn;
  const begin = member<(fuel: number) => void>('begin');
  const left = member<() => number>('getFuel');
  const work = exports.work as (rounds: number) => number;
  return {
    run: () => {
      begin(MAX_FUEL);
      work(ROUNDS);
    },
    spent: () => MAX_FUEL - left(),
  };
}

const I32 = 0x7f;
const FUNCTION_TYPE = 0x60;
const MEMORY_PAGES = 1;

function workload(): Uint8Array<ArrayBuffer> {
  const bodies = [
    [3, WORK],
    [0, CALLED],
  ] as const;
  const code = new Writer().u32(bodies.length);
  for (const [locals, text] of bodies) {
    const body = new Writer().u32(locals === 0 ? 0 : 1);
    if (locals > 0) body.u32(locals).u8(I32);
    body.bytes(assemble(text));
    code.u32(body.size).bytes(body.view());
  }
  const types = new Writer().u32(2).u8(FUNCTION_TYPE).u32(1).u8(I32).u32(1).u8(I32);
  types.u8(FUNCTION_TYPE).u32(2).u8(I32).u8(I32).u32(1).u8(I32);
  return new Writer()
    .bytes(Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00))
    .section(SECTION.type, types.view())
    .section(SECTION.function, Uint8Array.of(2, 0, 1))
    .section(SECTION.memory, Uint8Array.of(1, 0, MEMORY_PAGES))
    .section(SECTION.export, new Writer().u32(1).name('work').u8(0).u32(0).view())
    .section(SECTION.code, code.view())
    .finish();
}

/** Instructions with their immediates as numbers; blocks take and give nothing. */
function assemble(text: string): Uint8Array {
  const code = new Assembler();
  const words = text.trim().split(/\s+/);
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const row = opcode(word);
    code.op(row.code);
    for (const kind of row.immediates) {
      if (kind === 'block') code.u8(0x40);
      else if (kind === 'i32') code.s32(Number(words.shift()));
      else if (kind === 'memarg') code.u32(Number(words.shift())).u32(Number(words.shift()));
      else code.u32(Number(words.shift()));
    }
  }
  return code.finish();
}
