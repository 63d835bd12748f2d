/** The import object of one instance: rows of the host table bound to it, and the hook that refills its fuel. */
import type { HostContext } from '../host/context.ts';
import { type HostFunction, isAsync } from '../host/function.ts';
import { answering, type Suspension, wrap, wrapAsync } from '../host/imports.ts';
import type { HiddenNames } from '../meter/index.ts';
import { HOST_MODULE } from '../validate/imports.ts';
import { adapt, canSuspend, Gate, type WaitingImport } from './jspi.ts';

/**
 * @param rows the host functions that the module imports; the validator has compared them with their signatures
 * @param isSuspendable whether the guest may be suspended right now
 * @param takeTurn lets others run
 */
export function importsFor(
  rows: readonly HostFunction[],
  refill: HiddenNames['refill'],
  host: HostContext,
  isSuspendable: () => boolean,
  takeTurn: () => Promise<void>,
): WebAssembly.Imports {
  const own: Record<string, WebAssembly.ImportValue> = Object.create(null);
  const gate = new Gate();
  const suspension: Suspension = { isPossible: isSuspendable, request: () => gate.open() };
  const waiting: WaitingImport[] = [];
  for (const row of rows) {
    if (!isAsync(row)) own[row.name] = wrap(row, host) as ImportedFunction;
    else if (canSuspend && row.mayWait(host.services)) waiting.push({ ...row, ...wrapAsync(row, host, suspension) });
    else own[row.name] = wrap(answering(row), host) as ImportedFunction;
  }
  const imports: WebAssembly.Imports = { [HOST_MODULE]: own };
  if (!canSuspend) {
    if (refill !== undefined) imports[refill.module] = { [refill.name]: (rest: number) => host.account.refill(rest) };
    return imports;
  }
  const adapted = adapt([...waiting, refillHook(host, suspension, takeTurn)], gate);
  for (const { name } of waiting) own[name] = adapted[name] as ImportedFunction;
  if (refill !== undefined) imports[refill.module] = { [refill.name]: adapted[REFILL] as ImportedFunction };
  return imports;
}

type ImportedFunction = WebAssembly.ExportValue & CallableFunction;

/** No host function has a name with a space. */
const REFILL = 'refill fuel';

/** Answers at once as a rule; when the guest's turn is over, the guest waits for its next one. */
function refillHook({ account }: HostContext, suspension: Suspension, takeTurn: () => Promise<void>): WaitingImport {
  let rest = 0;
  return {
    name: REFILL,
    params: ['f64'],
    results: ['f64'],
    enter: (left: number) => {
      const amount = account.refill(left, suspension.isPossible());
      if (!Number.isNaN(amount)) return amount;
      rest = left;
      suspension.request();
      return amount;
    },
    wait: async () => {
      await takeTurn();
      return account.refill(rest);
    },
  };
}
