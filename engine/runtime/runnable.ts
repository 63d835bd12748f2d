/** What all instances of a plugin are made of, on the thread that they live on. */
import { bug } from '../errors.ts';
import type { HostServices } from '../host/context.ts';
import type { HostFunction } from '../host/function.ts';
import { waitingRows } from '../host/imports.ts';
import { HOST_FUNCTIONS } from '../host/table.ts';
import { Habits } from './habits.ts';
import type { PreparedPlugin } from './prepare.ts';

interface Parts {
  readonly prepared: PreparedPlugin;
  readonly services: HostServices;
  /** What `plugin_init` gets: JSON. */
  readonly configText: string;
}

export interface RunnablePlugin extends Parts {
  /** The host functions that it imports. */
  readonly rows: readonly HostFunction[];
  /** Names of those that may make it wait. Where there is none it need not be suspended, and can be called synchronously. */
  readonly waiting: readonly string[];
  readonly habits: Habits;
}

/** @param parts its services decide which host functions may make it wait */
export function makeRunnable(parts: Parts): RunnablePlugin {
  const rows = parts.prepared.imports.map(rowOf);
  const waiting = waitingRows(rows, parts.services).map(({ name }) => name);
  return { ...parts, rows, waiting, habits: new Habits() };
}

/** The validator has looked each import up in the same table. */
function rowOf(name: string): HostFunction {
  const row = HOST_FUNCTIONS.get(name);
  if (row === undefined) throw bug(`no host function ${name}`);
  return row;
}
