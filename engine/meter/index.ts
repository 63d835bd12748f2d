/**
 * Fuel metering as a pure function: WebAssembly in, WebAssembly out that counts what it executes.
 *
 * @example
 * const { bytes, report } = meter(wasm, { slice: false });
 * const { instance } = await WebAssembly.instantiate(bytes, imports);
 * const { begin, getFuel } = report.hidden;
 * instance.exports[begin](1_000_000);
 * instance.exports.run();
 * console.log('used', 1_000_000 - instance.exports[getFuel]());
 */
import { RingfenceError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { checkModule, type ValidModule } from '../validate/check-module.ts';
import { OffsetRecorder } from './offset-map.ts';
import { type MeterOptions, type MeterSettings, resolveMeterOptions } from './options.ts';
import { profileModule } from './profile-module.ts';
import type { EngineReport, MeterReport } from './report.ts';
import { rewriteModule } from './rewrite-module.ts';
import { withTablesInside } from './tables-inside.ts';

export {
  type ChargeTotals,
  chargeTotals,
  type FunctionCharges,
  type ListedCharge,
  type ListedCheck,
  type ListedConstantCall,
  type ListedCountedLoop,
  type ListedItem,
  listCharges,
} from './charge-listing.ts';
export {
  COST_TABLE_VERSION,
  type CostOverrides,
  type CostTable,
  costOf,
  DEFAULT_COSTS,
  entryCost,
  OPERAND_PRICES,
  operandCost,
} from './costs.ts';
export { MAX_FUEL, STACK_OVERFLOW_FUEL } from './counter.ts';
export { OffsetMap } from './offset-map.ts';
export { DEFAULT_EXPORT_PREFIX, type ImportCosts, type MeterLimits, type MeterOptions } from './options.ts';
export type { EngineReport, HiddenNames, MeterReport } from './report.ts';
export { type StackFuel, StackProfile } from './stack-profile.ts';

/** A metered module: valid WebAssembly, ready to compile. */
export interface MeteredModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly report: MeterReport;
}

/** A metered module with what says where its code came from. Plain data. */
export interface MappedModule<Report = MeterReport> {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly report: Report;
  /** For {@link OffsetMap}. */
  readonly offsets: Uint8Array<ArrayBuffer>;
}

/**
 * Meters any module that this engine accepts. The input is not changed.
 * @throws what checkModule throws; INVALID_OPTION; MEMORY_LIMIT or LIMIT_EXCEEDED where the module needs more than `limits`
 */
export function meter(bytes: Uint8Array, options: MeterOptions = {}): MeteredModule {
  const { exportPrefix } = resolveMeterOptions(options);
  if (!ArrayBuffer.isView(bytes)) {
    const message = `Expected the module as a Uint8Array, got ${Object.prototype.toString.call(bytes).slice(8, -1)}`;
    throw new RingfenceError('INVALID_OPTION', message, { stage: 'options' });
  }
  return meterModule(checkModule(bytes, { reservedPrefix: exportPrefix, maxBytes: LIMITS.wasmBytes.max }), options);
}

/** Meters a module that was checked already, under the same reserved prefix. */
export function meterModule(valid: ValidModule, options: MeterOptions = {}): MeteredModule {
  const { bytes, report } = rewrite(valid, resolveMeterOptions(options));
  return { bytes, report: report as MeterReport };
}

/** As {@link meterModule}, and takes down where the code came from. */
export function meterMapped(valid: ValidModule, options: MeterOptions = {}): MappedModule {
  return map(valid, resolveMeterOptions(options)) as MappedModule;
}

/** As {@link meterMapped}, with no more exports than this engine uses. */
export function meterForEngine(valid: ValidModule, options: MeterOptions = {}): MappedModule<EngineReport> {
  return map(valid, { ...resolveMeterOptions(options), forEngine: true }) as MappedModule<EngineReport>;
}

function map(valid: ValidModule, settings: MeterSettings): MappedModule<MeterReport | EngineReport> {
  const recorder = new OffsetRecorder();
  const { bytes, report, bodiesAt } = rewrite(valid, settings, recorder);
  return { bytes, report: report as MeterReport | EngineReport, offsets: recorder.finish(bodiesAt) };
}

function rewrite(
  checked: ValidModule,
  settings: MeterSettings,
  recorder?: OffsetRecorder,
): ReturnType<typeof rewriteModule> {
  const valid = settings.exportTables ? checked : withTablesInside(checked);
  return settings.profile ? profileModule(valid, settings, recorder) : rewriteModule(valid, settings, recorder);
}
