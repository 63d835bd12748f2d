/**
 * Child process of the bomb tests: takes modules through the whole pipeline (check, meter, compile, instantiate, call)
 * and reports what each step took.
 */
import { isRingfenceError } from '../../../engine/errors.ts';
import { LIMITS, STRUCTURE } from '../../../engine/limits.ts';
import { meterModule } from '../../../engine/meter/index.ts';
import { checkModule, type ValidModule } from '../../../engine/validate/index.ts';
import { childSteps } from '../child-budget.ts';
import { BOMBS, EDGES, largest } from './bomb-table.ts';
import { distinctTypes } from './bombs.ts';

export type BombTask =
  | { readonly kind: 'bombs' }
  | { readonly kind: 'types' }
  | { readonly kind: 'edge'; readonly name: string };

/** How a step ended: with an error code, or with a size. */
export interface BombResult {
  readonly code?: string;
  readonly message?: string;
  readonly limit?: unknown;
  readonly bytes?: number;
  readonly size?: number;
}

const FUEL = 10_000_000;
/** As often as it takes for V8 to compile what it calls with TurboFan too. */
const CALLS = 300;

const { input, step } = childSteps<BombTask, BombResult>();

function refusal(bytes: Uint8Array): BombResult {
  try {
    return { bytes: meterModule(checkModule(bytes), { limits: { memory: LIMITS.memory.default } }).bytes.length };
  } catch (error) {
    if (!isRingfenceError(error)) throw error;
    return { code: error.code, message: error.message, limit: error.details.limit, bytes: bytes.length };
  }
}

function accepts(bytes: Uint8Array): boolean {
  try {
    checkModule(bytes);
    return true;
  } catch (error) {
    if (isRingfenceError(error, 'LIMIT_EXCEEDED')) return false;
    throw error;
  }
}

function run(metered: ReturnType<typeof meterModule>): void {
  const { refill, setFuel, start } = metered.report.hidden;
  const imports = refill === undefined ? {} : { [refill.module]: { [refill.name]: () => -1 } };
  let instance: WebAssembly.Instance | undefined;
  step('compile', () => ({ bytes: WebAssembly.Module.exports(new WebAssembly.Module(metered.bytes)).length }));
  step('instantiate', () => {
    instance = new WebAssembly.Instance(new WebAssembly.Module(metered.bytes), imports);
    return {};
  });
  const exports = instance?.exports as Record<string, ((fuel?: number) => void) | undefined>;
  const call = (name: string): void => {
    exports[setFuel]?.(FUEL);
    try {
      exports[name]?.();
    } catch (error) {
      // Out of fuel, out of stack, a division by zero: each is an end like any other.
      if (!(error instanceof WebAssembly.RuntimeError || error instanceof RangeError)) throw error;
    }
  };
  step('first call', () => {
    if (start !== undefined) call(start);
    call('run');
    return {};
  });
  step('more calls', () => {
    for (let i = 0; i < CALLS; i++) call('run');
    return {};
  });
}

/** Modules one after the other, each with as many types as allowed, none of them seen before: how many are taken? */
function loadTypes(): BombResult {
  for (let salt = 0; ; salt++) {
    const bytes = distinctTypes(STRUCTURE.types, salt);
    const refused = refusal(bytes);
    if (refused.code !== undefined) return { ...refused, size: salt };
    new WebAssembly.Module(meterModule(checkModule(bytes)).bytes);
  }
}

if (input.kind === 'types') {
  step('types', loadTypes);
} else if (input.kind === 'bombs') {
  for (const { name, build } of BOMBS) {
    const bytes = build();
    step(name, () => refusal(bytes));
  }
} else {
  const edge = EDGES.find(({ name }) => name === input.name);
  if (edge === undefined) throw new Error(`no edge named ${input.name}`);
  const size = largest(edge.most, (candidate) => accepts(edge.build(candidate)));
  const bytes = edge.build(size);
  let valid: ValidModule | undefined;
  step('check', () => {
    valid = checkModule(bytes);
    return { size, bytes: bytes.length };
  });
  let metered: ReturnType<typeof meterModule> | undefined;
  step('meter', () => {
    metered = meterModule(valid as ValidModule, { limits: { tableEntries: LIMITS.tableEntries.max } });
    return { bytes: metered.bytes.length };
  });
  run(metered as ReturnType<typeof meterModule>);
}
