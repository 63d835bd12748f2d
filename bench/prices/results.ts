/** From measured loops to rows: what an instruction takes, and what its price makes of that. */
import { OPERAND_PRICES, type OperandPriced } from '../../engine/meter/costs.ts';
import { costOf } from '../../engine/meter/index.ts';
import { opcode } from '../../engine/wasm/opcodes.ts';
import type { Machine } from '../support/machine.ts';
import type { InstructionLoops } from './instructions.ts';
import type { Growth, LoopTime } from './job.ts';
import type { SizedLoop, SpecialLoop } from './special.ts';

export interface PriceRow {
  readonly name: string;
  readonly price: number;
  /** Beyond the baseline: results that depend on each other, and that do not. Null: not measured. */
  readonly chainNs: number | null;
  readonly rowNs: number | null;
  /** The dearer of them in fuel, at the mean rate of programs. */
  readonly fitted: number;
  readonly ratio: number;
  /** What the whole loop takes for each unit of fuel that it is charged: with the operands that an instruction needs. */
  readonly loopNsPerFuel: number;
  readonly note?: string | undefined;
}

export interface SizedRow {
  readonly instruction: string;
  readonly units: number;
  readonly price: number;
  readonly ns: number;
  readonly fitted: number;
  readonly ratio: number;
  readonly at: string;
}

export interface ProgramRate {
  readonly program: string;
  readonly fuelPerMs: number;
}

export interface Results {
  readonly suite: 'prices';
  readonly machine: Machine;
  readonly costTableVersion: number;
  /** Geometric mean over the programs, and what `fuelPerMs()` says. */
  readonly meanFuelPerMs: number;
  readonly calibratedFuelPerMs: number;
  readonly programs: readonly ProgramRate[];
  readonly rows: readonly PriceRow[];
  readonly sized: readonly SizedRow[];
}

export type Times = ReadonlyMap<string, LoopTime>;

const beyond = (times: Times, id: string): number | null => {
  const measured = times.get(id);
  const baseline = times.get(`${id} baseline`);
  return measured === undefined || baseline === undefined ? null : Math.max(0, measured.ns - baseline.ns);
};

const nsPerFuel = (times: Times, id: string): number => {
  const { ns = 0, fuel = 1 } = times.get(id) ?? {};
  return ns / fuel;
};

export function instructionRow({ name }: InstructionLoops, times: Times, meanFuelPerMs: number): PriceRow {
  const chainNs = beyond(times, `${name} chain`);
  const rowNs = beyond(times, `${name} row`);
  const loopNsPerFuel = Math.max(nsPerFuel(times, `${name} chain`), nsPerFuel(times, `${name} row`));
  return toRow(name, costOf(opcode(name)), chainNs, rowNs, loopNsPerFuel, meanFuelPerMs);
}

export function specialRow(name: string, { prices, note }: SpecialLoop, times: Times, meanFuelPerMs: number): PriceRow {
  const price = prices.reduce((sum, instruction) => sum + costOf(opcode(instruction)), 0);
  return { ...toRow(name, price, null, beyond(times, name), nsPerFuel(times, name), meanFuelPerMs), note };
}

function toRow(
  name: string,
  price: number,
  chainNs: number | null,
  rowNs: number | null,
  loopNsPerFuel: number,
  meanFuelPerMs: number,
): PriceRow {
  const fitted = (Math.max(chainNs ?? 0, rowNs ?? 0) * meanFuelPerMs) / 1e6;
  return { name, price, chainNs, rowNs, fitted, ratio: fitted / price, loopNsPerFuel };
}

export function sizedRow(
  { instruction, small, large }: SizedLoop,
  id: string,
  times: Times,
  meanFuelPerMs: number,
): SizedRow {
  const ns = (times.get(`${id} large`)?.ns ?? 0) - (times.get(`${id} small`)?.ns ?? 0);
  return toSizedRow(instruction, ns / (large - small), `${large - small} more`, meanFuelPerMs);
}

export function growthRows({ instruction, unit, oneByOneNs, atOnceNs }: Growth, meanFuelPerMs: number): SizedRow[] {
  return [
    toSizedRow(
      instruction,
      oneByOneNs,
      `a ${unit} at a time, its fixed price included`,
      meanFuelPerMs,
      costOf(opcode(instruction)),
    ),
    toSizedRow(instruction, atOnceNs, 'all at once', meanFuelPerMs),
  ];
}

function toSizedRow(instruction: string, nsPerUnit: number, at: string, meanFuelPerMs: number, fixed = 0): SizedRow {
  const { fuel, units } = OPERAND_PRICES[instruction as OperandPriced];
  const ns = Math.max(0, nsPerUnit * units);
  const price = fuel + fixed;
  const fitted = (ns * meanFuelPerMs) / 1e6;
  return { instruction, units, price, ns, fitted, ratio: fitted / price, at };
}
