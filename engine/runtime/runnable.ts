/** What all instances of a plugin are made of, on the thread that they live on. */
import type { Announced } from '../abi/info.ts';
import { bug } from '../errors.ts';
import type { HostServices } from '../host/context.ts';
import { customRow } from '../host/custom/row.ts';
import type { Variables } from '../host/extism/variables.ts';
import { FOREIGN_FUNCTIONS, KERNEL_KEYS } from '../host/foreign-table.ts';
import type { HostFunction } from '../host/function.ts';
import { refusing, waitingRows } from '../host/imports.ts';
import type { Permits } from '../host/permissions.ts';
import { HOST_FUNCTIONS } from '../host/table.ts';
import type { CustomShape } from '../host-function.ts';
import type { ResetMode } from '../options.ts';
import { permissionLines } from '../validate/permission-lines.ts';
import type { CodePlaces } from './code-places.ts';
import type { PreparedPlugin } from './prepare.ts';
import type { StartState } from './start-state.ts';

/** What instances need of a prepared plugin. */
export interface Instantiable
  extends Pick<
    PreparedPlugin,
    | 'contract'
    | 'signatures'
    | 'module'
    | 'report'
    | 'functions'
    | 'hooks'
    | 'imports'
    | 'limits'
    | 'functionNames'
    | 'functionCode'
  > {
  readonly manifest: Announced;
  readonly places: Pick<CodePlaces, 'ofMetered' | 'sourceOfFunction'>;
}

interface Parts<Prepared> {
  readonly prepared: Prepared;
  readonly services: HostServices;
  /** The host functions of the application that it may import. @default none */
  readonly custom?: readonly CustomShape[];
  /** What `plugin_init` gets: JSON. */
  readonly configText: string;
  /** @default 'never' */
  readonly reset?: ResetMode | undefined;
}

export interface RunnablePlugin<Prepared extends Instantiable = PreparedPlugin> extends Parts<Prepared> {
  /** The host functions that it imports; those that it may not use only refuse. */
  readonly rows: readonly HostFunction[];
  /** Names of those that may make it wait. Where there is none it need not be suspended, and can be called synchronously. */
  readonly waiting: readonly string[];
  /** None of its host functions calls the application: its logger, stores, clocks or functions. */
  readonly isSelfContained: boolean;
  readonly reset: ResetMode;
  /** Functions and hooks: what its instances can be called with. */
  readonly callable: readonly string[];
  /** With `reset: 'per-call'`: the first start state on this thread, for the others to share pages with. */
  readonly shared: { startState?: StartState; variables?: Variables };
}

/** @param parts its services decide what it may do, and which host functions may make it wait */
export function makeRunnable<Prepared extends Instantiable>(parts: Parts<Prepared>): RunnablePlugin<Prepared> {
  const own = new Map(parts.custom?.map((shape) => [shape.name, shape]));
  const keys = parts.prepared.imports.filter((key) => !KERNEL_KEYS.has(key));
  const rows = keys.map((name) => {
    const shape = own.get(name);
    const row = shape === undefined ? (HOST_FUNCTIONS.get(name) ?? FOREIGN_FUNCTIONS.get(name)) : customRow(shape);
    // The validator has looked it up in the same tables.
    if (row === undefined) throw bug(`no host function ${name}`);
    return permitted(row, parts.services.permits);
  });
  const waiting = waitingRows(rows, parts.services).map(({ name }) => name);
  const { functions, hooks } = parts.prepared;
  const callable = [...functions, ...hooks];
  const isSelfContained = rows.every(({ capability }) => SELF_CONTAINED.has(capability));
  return { ...parts, rows, waiting, isSelfContained, callable, reset: parts.reset ?? 'never', shared: {} };
}

/** Capabilities whose work is done beside the guest, by the engine alone. */
const SELF_CONTAINED: ReadonlySet<string> = new Set(['config', 'error', 'extism', 'json']);

/** The row itself, or one that refuses. */
function permitted(row: HostFunction, permits: Permits): HostFunction {
  const lines = permissionLines(row.capability);
  const permit = permits.get(row.capability);
  if (lines === undefined || permit?.granted === true) return row;
  return refusing(
    row,
    permit?.refusal ?? `The plugin was not granted ${row.capability}. Add to its grants: ${lines.grant}`,
  );
}
