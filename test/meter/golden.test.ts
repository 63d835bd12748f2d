/**
 * What the meter makes of small modules, as text to be read in review. `npm run bless` writes it anew.
 *
 * golden/<name>.wat is a module, golden/<name>.metered.wat its metered functions. Of the functions that the meter adds only those are
 * printed that the first line of the module asks for: `;; shows: slow import_0`. What imports cost is JSON behind `;; import costs:`.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FUEL_UNIT } from '../../engine/meter/counter.ts';
import { DEFAULT_EXPORT_PREFIX, meter } from '../../engine/meter/index.ts';
import { decodeModule, type Instruction, moduleNames, printFunction } from '../../engine/wasm/index.ts';
import { assembleWithWabt } from '../support/toolchains.ts';

const DIR = join(import.meta.dirname, 'golden');
const BLESS = process.env.BLESS === '1';
const METERED = '.metered.wat';

const names = readdirSync(DIR)
  .filter((file) => file.endsWith('.wat') && !file.endsWith(METERED))
  .map((file) => file.slice(0, -'.wat'.length));

describe('golden text of', () => {
  test.each(names)('%s', (name) => {
    const text = readFileSync(join(DIR, `${name}.wat`), 'utf8');
    const importCosts = JSON.parse(/^;; import costs: (.*)$/m.exec(text)?.[1] ?? '{}');
    const { bytes, report } = meter(assembleWithWabt(text, { names: true }), { names: true, importCosts });
    expect(WebAssembly.validate(bytes)).toBe(true);

    const shown = /^;; shows: (.*)$/m.exec(text)?.[1]?.split(' ') ?? [];
    const module = decodeModule(bytes);
    const indices = [...moduleNames(module).functions].filter(([index, function_]) => {
      const isOwn = index >= module.imported.func && index < module.imported.func + report.functions;
      return isOwn || shown.includes(function_.replace(DEFAULT_EXPORT_PREFIX, ''));
    });
    expect(indices.length, 'all that is asked for is there').toBe(report.functions + shown.length);
    const printed = [
      `;; ${report.functions} functions (${report.constantFunctions} of constant cost): ${report.chargePoints} charge points, ` +
        `${report.entryChecks} checks at entries, ${report.checks} at loops`,
      ...indices.map(([index]) => shortened(printFunction(module, index, { note: inFuel }))),
      '',
    ].join('\n');

    const path = join(DIR, name + METERED);
    if (BLESS) writeFileSync(path, printed);
    expect(printed).toBe(readFileSync(path, 'utf8'));
  });
});

/** What fills a function up, once. */
const shortened = (text: string): string =>
  text.replace(/( *nop\n)\1{8,}/g, (run, one: string) => `${one.trimEnd()}  ;; ${run.length / one.length} times\n`);

/** Constants of the counter in fuel, and in words of stack. The modules have none of their own that look alike. */
function inFuel({ row, immediates: [immediate] }: Instruction): string | undefined {
  if (row.name !== 'i64.const' || immediate?.kind !== 'i64') return undefined;
  const value = Number(immediate.value);
  if (Math.abs(value) < FUEL_UNIT || Math.abs(value) > 2 ** 40) return undefined;
  const words = ((value % FUEL_UNIT) + FUEL_UNIT) % FUEL_UNIT;
  // A frame that is given back is subtracted from a charge.
  const signed = words > FUEL_UNIT / 2 ? words - FUEL_UNIT : words;
  return `${(value - signed) / FUEL_UNIT} fuel${signed === 0 ? '' : `, ${signed} words of stack`}`;
}
