/** What `ringfence inspect --fuel` says: where a module is charged and looks at its fuel, beside its disassembly. */
import { FUNCTION_PREFIX } from '../abi/exports.ts';
import { RingfenceError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import {
  type ChargeTotals,
  COST_TABLE_VERSION,
  chargeTotals,
  type FunctionCharges,
  type ListedCharge,
  type ListedCheck,
  type ListedItem,
  listCharges,
} from '../meter/index.ts';
import { knownNames } from '../near-miss.ts';
import { readSource } from '../runtime/source.ts';
import { checkModule, type ValidModule } from '../validate/index.ts';
import { functionPrinter, type Instruction, moduleNames } from '../wasm/index.ts';
import { chooseModule } from './plugin-folder.ts';
import { tableLines } from './table.ts';
import { output } from './terminal.ts';
import { formatCount } from './units.ts';

export interface FuelListing {
  readonly file: string;
  readonly costTableVersion: number;
  readonly totals: ChargeTotals;
  readonly functions: readonly (FunctionCharges & { readonly name: string | null })[];
}

export interface ListedModule {
  readonly valid: ValidModule;
  readonly listing: FuelListing;
}

/**
 * @param path of a module or a plugin's folder
 * @param only name or index of the one function to list, or the name by which it is called; all if undefined
 * @throws what reading and checking a module throws; UNKNOWN_FUNCTION
 */
export async function listFuel(path: string, only: string | undefined): Promise<ListedModule> {
  const { file } = await chooseModule(path);
  const { bytes } = await readSource(file, LIMITS.wasmBytes.max);
  const valid = checkModule(bytes, { maxBytes: bytes.length });
  const names = namesOf(valid);
  // As the engine meters it.
  const all = Array.from(listCharges(valid, { exportTables: false }), (charges) => ({
    ...charges,
    name: names.get(charges.funcIndex) ?? null,
  }));
  const functions = only === undefined ? all : all.filter(isMeant(only, valid));
  if (functions.length === 0 && only !== undefined) {
    const known = knownNames(
      only,
      exportedFunctions(valid).map(([, name]) => name),
      'It exports',
    );
    throw new RingfenceError('UNKNOWN_FUNCTION', `The module defines no function ${JSON.stringify(only)}. ${known}`, {
      details: { function: only },
    });
  }
  return {
    valid,
    listing: { file, costTableVersion: COST_TABLE_VERSION, totals: chargeTotals(functions), functions },
  };
}

/** By name, by index, or as `ringfence run` calls it: `greet` for `plugin_greet`. */
function isMeant(only: string, valid: ValidModule): (listed: FuelListing['functions'][number]) => boolean {
  const called = [only, FUNCTION_PREFIX + only];
  const exported = new Set(exportedFunctions(valid).flatMap(([index, name]) => (called.includes(name) ? [index] : [])));
  return ({ name, funcIndex }) => only === name || only === `${funcIndex}` || exported.has(funcIndex);
}

const exportedFunctions = ({ module }: ValidModule): (readonly [index: number, name: string])[] =>
  module.exports.filter(({ kind }) => kind === 'func').map(({ index, name }) => [index, name] as const);

/** Names of the name section; exported functions by their exports where it has none. */
const namesOf = (valid: ValidModule): ReadonlyMap<number, string> =>
  new Map([...exportedFunctions(valid), ...moduleNames(valid.module).functions]);

/** The listing as text, line by line: totals, then each function. */
export function printFuelListing({ valid, listing }: ListedModule, emit: (line: string) => void): void {
  emit(output.paint('bold', `Fuel, by version ${listing.costTableVersion} of the cost table`));
  for (const line of totalLines(listing.totals)) emit(`  ${line}`);
  const notes = new Map<number, string[]>();
  const print = functionPrinter(valid.module, {
    offsets: true,
    note: ({ offset }: Instruction) => notes.get(offset)?.join('; '),
  });
  for (const charges of listing.functions) {
    notes.clear();
    for (const item of charges.items) notes.set(item.offset, [...(notes.get(item.offset) ?? []), describe(item)]);
    emit('');
    emit(output.paint('dim', `;; ${aboutFunction(charges)}`));
    print(charges.funcIndex, emit);
  }
}

function totalLines({
  functions,
  constantFunctions,
  charges,
  checks,
  countedLoops,
  constantCalls,
}: ChargeTotals): string[] {
  const looks = Object.entries(checks).filter(([, count]) => count > 0);
  const rows = [
    ['functions', `${formatCount(functions)}, ${formatCount(constantFunctions)} of them charged by their callers`],
    ['charges', formatCount(charges)],
    [
      'looks',
      looks.map(([why, count]) => `${formatCount(count)} ${CHECKS[why as ListedCheck['why']]}`).join(', ') || 'none',
    ],
    ['counted loops', formatCount(countedLoops)],
    ['calls at a fixed price', formatCount(constantCalls)],
  ];
  return tableLines([{}, {}], rows);
}

const CHECKS: Readonly<Record<ListedCheck['why'], string>> = {
  entry: 'on entry',
  loop: 'at loops',
  call: 'behind calls',
  handler: 'in handlers',
  operand: 'before work that an operand sizes',
  outside: 'before calls that leave the module',
};

function aboutFunction({ constantCost, recursive, stackWords, items }: FunctionCharges): string {
  if (constantCost !== null) return `${formatCount(constantCost)} fuel a call, charged by its callers`;
  const looks = items.some((item) => item.kind === 'check' && item.why === 'entry');
  return [
    looks ? `looks at fuel and stack on entry (${formatCount(stackWords)} words)` : 'does not look on entry',
    ...(recursive ? ['recursive'] : []),
  ].join(', ');
}

const PLACES: Readonly<Record<ListedCharge['place'], string>> = {
  entry: 'on entry',
  before: 'before',
  after: 'behind',
  taken: 'if taken',
  otherwise: 'if the condition is false',
  epilogue: 'on leaving',
};

function describe(item: ListedItem): string {
  switch (item.kind) {
    case 'charge': {
      const [verb, fuel] = item.fuel > 0 ? ['charges', item.fuel] : ['gives back', -item.fuel];
      return `${verb} ${formatCount(fuel)} ${PLACES[item.place]} (${item.why})`;
    }
    case 'check':
      return `looks at the fuel (${item.why})`;
    case 'counted-loop':
      return (
        `counts itself by local ${item.local} (${item.step > 0 ? '+' : ''}${item.step}): ` +
        `${formatCount(item.fuel)} for each time round, ${formatCount(item.iterations)} times between looks` +
        (item.looksFirst ? ', and one before it starts' : '')
      );
    case 'constant-call':
      return `the callee's ${formatCount(item.fuel)} are part of the charge`;
  }
}
