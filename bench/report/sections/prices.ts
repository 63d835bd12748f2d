/** What instructions take beside their prices. */
import type { Results } from '../../prices/results.ts';
import type { Section } from '../model.ts';
import { short, times } from '../numbers.ts';

const MOST_ROWS = 12;

export function pricesSection(results: Results): Section {
  const { suite, machine, rows, sized, programs, meanFuelPerMs, costTableVersion } = results;
  const dearest = [...rows]
    .filter(({ chainNs }) => chainNs !== null)
    .sort((a, b) => b.loopNsPerFuel - a.loopNsPerFuel)
    .slice(0, MOST_ROWS);
  const rates = [...programs].sort((a, b) => a.fuelPerMs - b.fuelPerMs);
  return {
    suite,
    title: 'What a unit of fuel is worth in time',
    what: `Every instruction in loops that repeat it, and programs: time for each unit of fuel, at prices of version ${costTableVersion}.`,
    baseline: `The mean of the benchmark programs: ${short(meanFuelPerMs / 1e6)} million units in a millisecond.`,
    read: 'Fuel is exact as a count, and only on average a measure of time. The ratio says how much more time than the mean the worst loops of instructions on ordinary values can buy with their fuel: what a limit on fuel does not stop, `timeoutMs` does.',
    command: `npm run bench:${suite}`,
    machine,
    blocks: [
      {
        kind: 'bars',
        title: 'Loops that buy the most time with their fuel',
        axis: 'time that a unit of fuel buys, times the mean of programs',
        better: 'the nearer to the mean, the better: nobody can buy more time than others for the same fuel',
        reference: { value: 1, label: 'mean of the programs' },
        bars: dearest.map(({ name, loopNsPerFuel }) => ({
          label: name,
          value: (loopNsPerFuel * meanFuelPerMs) / 1e6,
          text: times((loopNsPerFuel * meanFuelPerMs) / 1e6),
        })),
      },
      {
        kind: 'table',
        title: 'Work that an operand sizes',
        columns: [
          { text: 'instruction' },
          { text: 'measured with' },
          { text: 'for each', isNumber: true },
          { text: 'ns', isNumber: true },
          { text: 'in fuel', isNumber: true },
          { text: 'price', isNumber: true },
        ],
        rows: sized.map(({ instruction, at, units, ns, fitted, price }) => [
          instruction,
          at,
          String(units),
          short(ns),
          short(fitted),
          String(price),
        ]),
      },
      {
        kind: 'table',
        title: 'What programs burn in a millisecond, million units',
        columns: [{ text: 'program' }, { text: 'Mfuel/ms', isNumber: true }],
        rows: rates.map(({ program, fuelPerMs }) => [program, short(fuelPerMs / 1e6)]),
      },
    ],
  };
}
