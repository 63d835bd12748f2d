/** Prints what cases and programs use of fuel under the Node.js that runs this: `fuel-child.ts <first seed> <seeds>`. */
import { PROGRAMS, readProgram } from '../../../bench/programs/programs.ts';
import { meter } from '../../../engine/meter/index.ts';
import { decodeInstructions, decodeModule } from '../../../engine/wasm/index.ts';
import { generatorHost } from './hosts.ts';
import type { Call } from './module-generator.ts';
import { generateModule } from './module-generator.ts';
import { fuelMeter, type Host, Session } from './session.ts';

/** Ends and fuel of one module's calls; undefined where this version cannot compile it. */
export type FuelRow = { readonly name: string; readonly steps: readonly string[] | undefined };

const PLENTY = 2 ** 40;
const FUEL_PER_CALL = 1_000_000;

/**
 * V8 12 (Node 22) loses its place in a try_table whose type has an index above 63, which it may get when the meter adds
 * types: it refuses the module, or handlers go missing.
 */
function isMisreadByV8(bytes: Uint8Array): boolean {
  if (Number.parseInt(process.versions.v8, 10) > 12) return false;
  const module = decodeModule(bytes);
  return module.bodies.some(({ code }) => {
    for (const { row, immediates } of decodeInstructions(bytes, code)) {
      const type = immediates[0]?.value;
      if (row.control === 'try-table' && typeof type === 'number' && type > 63) return true;
    }
    return false;
  });
}

function stepsOf(
  bytes: Uint8Array<ArrayBuffer>,
  calls: readonly Call[],
  host: Host,
  budget: number,
): string[] | undefined {
  if (!WebAssembly.validate(bytes)) return undefined;
  const metered = meter(bytes);
  if (isMisreadByV8(metered.bytes) || !WebAssembly.validate(metered.bytes)) return undefined;
  const session = new Session(new WebAssembly.Module(metered.bytes), fuelMeter(metered.report, {}), host);
  const steps = [session.start(budget).kind as string];
  if (steps[0] !== 'returned') return steps;
  for (const call of calls) {
    const { kind } = session.call(call, budget);
    steps.push(kind === 'returned' ? `${session.used}` : kind);
    if (kind === 'out of fuel' || kind === 'stack overflow') break;
  }
  return steps;
}

const [first = 0, seeds = 0] = process.argv.slice(2).map(Number);
const rows: FuelRow[] = PROGRAMS.map((program) => ({
  name: program.name,
  steps: stepsOf(readProgram(program), [{ name: 'run', args: [program.small.n] }], () => ({}), PLENTY),
}));
for (let seed = first; seed < first + seeds; seed++) {
  const { bytes, calls } = generateModule(seed);
  rows.push({ name: `seed ${seed}`, steps: stepsOf(bytes, calls, generatorHost, FUEL_PER_CALL) });
}
process.stdout.write(JSON.stringify(rows));
