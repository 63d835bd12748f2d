/** The import object of one instance: rows of the host table bound to it, and the hook that refills its fuel. */
import type { HostContext } from '../host/context.ts';
import { type AsyncHostFunction, type HostFunction, isAsync } from '../host/function.ts';
import { answering, type Suspension, wrap, wrapAsync } from '../host/imports.ts';
import type { HiddenNames } from '../meter/index.ts';
import { HOST_MODULE, hostKey } from '../validate/imports.ts';
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
  const imports: WebAssembly.Imports = Object.create(null);
  const put = ({ module = HOST_MODULE, name }: HostFunction, value: ImportedFunction): void => {
    const own = imports[module] ?? Object.create(null);
    imports[module] = own;
    own[name] = value;
  };
  const gate = new Gate();
  const suspension: Suspension = { isPossible: isSuspendable, request: () => gate.open() };
  const suspending: AsyncHostFunction[] = [];
  for (const row of rows) {
    if (!isAsync(row)) put(row, wrap(row, host) as ImportedFunction);
    else if (canSuspend && row.mayWait(host.services)) suspending.push(row);
    else put(row, wrap(answering(row), host) as ImportedFunction);
  }
  const waiting: WaitingImport[] = suspending.map((row) => {
    const { module = HOST_MODULE, name } = row;
    return { ...row, name: hostKey(module, name), ...wrapAsync(row, host, suspension) };
  });
  if (!canSuspend) {
    if (refill !== undefined) imports[refill.module] = { [refill.name]: (rest: number) => host.account.refill(rest) };
    return imports;
  }
  const adapted = adapt([...waiting, refillHook(host, suspension, takeTurn)], gate);
  for (const row of suspending) put(row, adapted[hostKey(row.module ?? HOST_MODULE, row.name)] as ImportedFunction);
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
