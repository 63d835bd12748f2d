/** The host functions that one instance imports: rows of the host table, bound to it. */
import type { HostContext } from '../host/context.ts';
import { type AsyncHostFunction, type HostFunction, isAsync } from '../host/function.ts';
import { answering, type Suspension, wrap, wrapAsync } from '../host/imports.ts';
import { HOST_MODULE, hostKey } from '../validate/imports.ts';
import { adapt, canSuspend, openGate, type WaitingImport } from './jspi.ts';

/**
 * @param rows the host functions that the module imports; the validator has compared them with their signatures
 * @param isSuspendable whether the guest may be suspended right now
 */
export function importsFor(
  rows: readonly HostFunction[],
  host: HostContext,
  isSuspendable: () => boolean,
): WebAssembly.Imports {
  const imports: WebAssembly.Imports = Object.create(null);
  const put = ({ module = HOST_MODULE, name }: HostFunction, value: ImportedFunction): void => {
    const own = imports[module] ?? Object.create(null);
    imports[module] = own;
    own[name] = value;
  };
  const suspending: AsyncHostFunction[] = [];
  for (const row of rows) {
    if (!isAsync(row)) put(row, wrap(row, host) as ImportedFunction);
    else if (canSuspend && row.mayWait(host.services)) suspending.push(row);
    else put(row, wrap(answering(row), host) as ImportedFunction);
  }
  if (suspending.length === 0) return imports;
  const suspension: Suspension = { isPossible: isSuspendable, request: openGate };
  const waiting: WaitingImport[] = suspending.map((row) => {
    const { module = HOST_MODULE, name } = row;
    return { ...row, name: hostKey(module, name), ...wrapAsync(row, host, suspension) };
  });
  const adapted = adapt(waiting);
  for (const row of suspending) put(row, adapted[hostKey(row.module ?? HOST_MODULE, row.name)] as ImportedFunction);
  return imports;
}

type ImportedFunction = WebAssembly.ExportValue & CallableFunction;
