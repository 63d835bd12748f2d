/** The tables for people. */
import { table } from '../support/table.ts';
import type { PriceRow, Results } from './results.ts';

const number = (value: number | null): string =>
  value === null ? '' : value >= 100 ? value.toFixed(0) : value.toFixed(2);
const times = (value: number): string => (value >= 10 ? value.toFixed(0) : value.toFixed(1));

/** @param all every instruction, and not only the dearest of each price */
export function printReport(results: Results, all: boolean): void {
  const { machine, meanFuelPerMs, calibratedFuelPerMs, programs, rows, sized, costTableVersion } = results;
  console.log(`Prices, version ${costTableVersion}, against what V8's optimising compiler makes of instructions`);
  console.log(`${machine.cpu}, Node.js ${machine.node}, V8 ${machine.v8}, ${machine.date}`);
  console.log();
  console.log(
    `Programs burn ${millions(meanFuelPerMs)} million fuel in a millisecond (geometric mean); fuelPerMs() says ${millions(calibratedFuelPerMs)}.`,
  );
  const rates = [...programs].sort((a, b) => a.fuelPerMs - b.fuelPerMs);
  console.log(rates.map(({ program, fuelPerMs }) => `${program} ${millions(fuelPerMs)}`).join(', '));
  console.log();
  console.log(
    'Nanoseconds beyond a loop without the instruction, in a chain (each result an operand of the next) and in a row; the',
  );
  console.log(
    'dearer of the two in fuel at the mean rate, against the price; and what the whole loop takes for a unit of fuel against the mean.',
  );
  const shown = all ? rows : dearest(rows);
  console.log(
    table(
      ['instruction', 'chain ns', 'row ns', 'in fuel', 'price', 'ratio', 'loop'],
      shown.map(({ name, chainNs, rowNs, fitted, price, ratio, loopNsPerFuel }) => [
        name,
        number(chainNs),
        number(rowNs),
        number(fitted),
        String(price),
        times(ratio),
        times((loopNsPerFuel * meanFuelPerMs) / 1e6),
      ]),
    ),
  );
  for (const { name, note } of shown) if (note !== undefined) console.log(`  ${name}: ${note}`);
  console.log();
  console.log('Work that an operand sizes');
  console.log(
    table(
      ['instruction', 'for each', 'measured with', 'ns', 'in fuel', 'price', 'ratio'],
      sized.map(({ instruction, units, at, ns, fitted, price, ratio }) => [
        instruction,
        String(units),
        at,
        number(ns),
        number(fitted),
        String(price),
        times(ratio),
      ]),
    ),
  );
}

/** Of the instructions with one price those three that are the most under it; whatever has a loop of its own. */
function dearest(rows: readonly PriceRow[]): PriceRow[] {
  const plain = rows.filter(({ note, chainNs }) => note === undefined && chainNs !== null);
  const kept = new Set(rows.filter((row) => !plain.includes(row) && row.note !== undefined));
  for (const price of new Set(rows.map((row) => row.price))) {
    const ofPrice = rows.filter((row) => row.price === price).sort((a, b) => b.ratio - a.ratio);
    for (const row of ofPrice.slice(0, 5)) kept.add(row);
  }
  return [...kept].sort((a, b) => a.price - b.price || b.ratio - a.ratio);
}

const millions = (fuel: number): string => (fuel / 1e6).toFixed(1);
