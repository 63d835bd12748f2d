/** The import object of one instance: rows of the host table bound to it, and the hook that refills its fuel. */
import type { HostContext } from '../host/context.ts';
import { isAsync } from '../host/function.ts';
import { wrap, wrapAsync } from '../host/imports.ts';
import { HOST_FUNCTIONS } from '../host/table.ts';
import type { HiddenNames } from '../meter/index.ts';
import { HOST_MODULE } from '../validate/index.ts';
import { adapt, canSuspend, type WaitingImport } from './jspi.ts';

/**
 * @param names the host functions that the module imports; the validator has compared them with the table
 * @param isSuspendable whether the guest may be suspended right now
 */
export function importsFor(
  names: readonly string[],
  refill: HiddenNames['refill'],
  host: HostContext,
  isSuspendable: () => boolean,
): WebAssembly.Imports {
  const own: Record<string, WebAssembly.ImportValue> = Object.create(null);
  const waiting: WaitingImport[] = [];
  for (const name of names) {
    const row = HOST_FUNCTIONS.get(name);
    if (row === undefined) continue;
    if (isAsync(row)) waiting.push({ ...row, ...wrapAsync(row, host, isSuspendable), hasty: false });
    else own[name] = wrap(row, host) as WebAssembly.ExportValue & CallableFunction;
  }
  const imports: WebAssembly.Imports = { [HOST_MODULE]: own };
  if (!canSuspend) {
    if (refill !== undefined) imports[refill.module] = { [refill.name]: (rest: number) => host.account.refill(rest) };
    return imports;
  }
  const adapted = adapt([...waiting, refillHook(host, isSuspendable)]);
  for (const { name } of waiting) own[name] = adapted[name] as WebAssembly.ExportValue;
  if (refill !== undefined) imports[refill.module] = { [refill.name]: adapted[REFILL] as WebAssembly.ExportValue };
  return imports;
}

/** No host function has a name with a space. */
const REFILL = 'refill fuel';

/** Answers at once as a rule; when the guest's turn is over, the guest waits until the event loop has gone round. */
function refillHook({ account }: HostContext, isSuspendable: () => boolean): WaitingImport {
  return {
    name: REFILL,
    params: ['f64'],
    results: ['f64'],
    hasty: true,
    enter: (rest: number) => account.refill(rest, isSuspendable()),
    wait: async (rest: number) => {
      await new Promise((resolve) => setImmediate(resolve));
      return account.refillAfterTurn(rest);
    },
  };
}
