/** From a compiled module to its exports: everything that one instance imports is bound to it here. Nothing of the guest runs. */
import { RingfenceError, withContext } from '../errors.ts';
import type { HostContext } from '../host/context.ts';
import type { StackProfile } from '../meter/stack-profile.ts';
import type { Admission } from './admission.ts';
import type { GuestState } from './guest-state.ts';
import { importsFor } from './imports.ts';
import { type RefillImport, refillImport } from './refill-import.ts';
import type { Instantiable, RunnablePlugin } from './runnable.ts';
import type { Snapshot } from './snapshot.ts';
import type { StartState } from './start-state.ts';
import { describeEnd, trapContext } from './traps.ts';

export interface Instantiated {
  readonly exports: WebAssembly.Exports;
  /** Of a module that asks for more fuel: to be released with the instance. */
  readonly refill: RefillImport | undefined;
}

/**
 * @param own what the guest imports beside host functions, by module
 * @param profile of a module that was metered for one
 * @throws TRAP when a segment does not fit, MEMORY_LIMIT
 */
export function instantiate(
  { prepared, rows }: RunnablePlugin<Instantiable>,
  host: HostContext,
  admission: Admission,
  own: WebAssembly.Imports | undefined,
  profile: StackProfile | undefined,
): Instantiated {
  const { module, report } = prepared;
  const { hidden } = report;
  const isSuspendable = (): boolean => admission.isSuspendable && !host.memory.inHeap;
  let refill: RefillImport | undefined;
  try {
    const imports = importsFor(rows, host, isSuspendable);
    if (hidden.refill !== undefined) {
      refill = refillImport(host.account, isSuspendable, () => admission.takeTurn());
      imports[hidden.refill.module] = { [hidden.refill.name]: refill.fn };
    }
    for (const [from, items] of Object.entries(own ?? {})) {
      imports[from] = Object.assign(imports[from] ?? Object.create(null), items);
    }
    if (hidden.profile !== undefined && profile !== undefined) {
      const { module: from, enter, leave } = hidden.profile;
      imports[from] = { ...imports[from], [enter]: profile.enter, [leave]: profile.leave };
    }
    return { exports: new WebAssembly.Instance(module, imports).exports, refill };
  } catch (error) {
    refill?.release();
    if (error instanceof RangeError) throw noRoom(error);
    throw withContext(describeEnd(error, trapContext(prepared, 0, false)), { stage: 'instantiate' });
  }
}

/** Brings the state of an instance that has started to a fresh one. @throws MEMORY_LIMIT */
export function comeBack(state: GuestState, from: Snapshot | StartState): void {
  try {
    from.putInto(state);
  } catch (error) {
    throw error instanceof RangeError ? noRoom(error) : error;
  }
}

function noRoom(cause: RangeError): RingfenceError {
  return new RingfenceError('MEMORY_LIMIT', `The host has no room for the memory of an instance: ${cause.message}`, {
    stage: 'instantiate',
    cause,
  });
}
