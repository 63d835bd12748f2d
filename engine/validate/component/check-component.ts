/** From bytes to a component whose imports and exports are those of the engine's world. Its core modules are not looked at here. */
import {
  BUILD_EXPORTS,
  WASI_INTERFACES,
  WORLD_EXPORTS,
  WORLD_IMPORTS,
  WORLD_PACKAGE,
  WORLD_VERSION,
  type WorldExport,
  type WorldExportName,
  type WorldImport,
} from '../../abi/component-world.ts';
import { RingfenceError } from '../../errors.ts';
import { STRUCTURE, type StructureLimits } from '../../limits.ts';
import type { ComponentCustom } from '../../wasm/component/component.ts';
import { decodeComponent } from '../../wasm/component/decode.ts';
import { hex } from '../../wasm/reader.ts';
import { quote } from '../quote.ts';
import { type EvaluatedComponent, evaluateComponent } from './evaluate.ts';
import { checkComponentNames } from './names.ts';
import { type TypedFunction, typedFunctions } from './typed-functions.ts';
import { isWorldFunction } from './types.ts';
import type { Func } from './values.ts';

declare const CHECKED: unique symbol;

type Lifted = Extract<Func, { kind: 'lift' }>;

/** A component that passed {@link checkComponent}. */
export interface CheckedComponent {
  readonly [CHECKED]: true;
  readonly bytes: Uint8Array;
  /** What it exports of the world; of a component of another world, nothing. */
  readonly exports: ReadonlyMap<WorldExportName, Lifted>;
  /** What it exports that can be called by type, if it is one of another world. */
  readonly typed: readonly TypedFunction[] | undefined;
  /** It has the entry point of programs. */
  readonly isProgram: boolean;
  readonly customs: readonly ComponentCustom[];
}

/**
 * @throws INVALID_MODULE, LIMIT_EXCEEDED, UNSUPPORTED_FEATURE; IMPORT_DENIED for imports that are not in the world; NOT_A_PLUGIN where
 *   an export is missing, has another type, or is one that the world does not have
 */
export function checkComponent(bytes: Uint8Array, limits: StructureLimits = STRUCTURE): CheckedComponent {
  const component = decodeComponent(bytes, limits);
  checkComponentNames(component);
  const evaluated = evaluateComponent(component, limits);
  for (const { name, kind, offset } of evaluated.imports) checkImport(name, kind, offset);
  const typed = typedExports(evaluated);
  const checked: Omit<CheckedComponent, typeof CHECKED> = {
    bytes,
    exports: typed === undefined ? checkExports(evaluated) : new Map(),
    typed,
    isProgram: [...evaluated.exports.keys()].some((name) => /^wasi:cli\/run@0\.2\./.test(name)),
    customs: component.customs,
  };
  return checked as CheckedComponent;
}

/** Undefined for a component of our own world, which has one of the exports that the world requires. */
function typedExports(evaluated: EvaluatedComponent): readonly TypedFunction[] | undefined {
  const required = Object.entries<WorldExport>(WORLD_EXPORTS).filter(([, row]) => row.required);
  if (required.some(([name]) => evaluated.exports.has(name))) return undefined;
  const { callable, left } = typedFunctions(evaluated);
  if (callable.length > 0) return callable;
  if (left.length === 0) return undefined;
  throw new RingfenceError(
    'NOT_A_PLUGIN',
    `Nothing in the component can be called: expected functions that take and give plain values, or the exports of the world (guest-sdk/wit/plugin.wit):\n${shownLines(left)}`,
    { stage: 'validate', details: { exports: left.slice(0, SHOWN).map(quote) } },
  );
}

function shownLines(lines: readonly string[]): string {
  const shown = lines.slice(0, SHOWN).map((line) => `  ${line}`);
  if (lines.length > SHOWN) shown.push(`  and ${lines.length - SHOWN} more`);
  return shown.join('\n');
}

/** The interface and version of an import: "wasi:cli/exit" and "0.2.3". */
function parseInterface(name: string): { id: string; version: readonly string[] } {
  const [id = '', version = ''] = name.split('@');
  return { id, version: version.split('.') };
}

const isWasi = (id: string, [major, minor]: readonly string[]): boolean =>
  WASI_INTERFACES.includes(id) && major === '0' && minor === '2';

function worldInterface(name: string): Readonly<Record<string, WorldImport>> | undefined {
  const { id, version } = parseInterface(name);
  const [from, of] = id.split('/');
  if (from !== WORLD_PACKAGE || of === undefined || version[0] !== String(WORLD_VERSION)) return undefined;
  return Object.hasOwn(WORLD_IMPORTS, of) ? WORLD_IMPORTS[of] : undefined;
}

function checkImport(name: string, kind: string, offset: number): void {
  // Types may be imported by themselves: they do nothing.
  if (kind === 'type') return;
  const { id, version } = parseInterface(name);
  if (kind === 'instance' && (worldInterface(name) !== undefined || isWasi(id, version))) return;
  const hint = id.startsWith(`${WORLD_PACKAGE}/`)
    ? `Of ${WORLD_PACKAGE} there are, in version ${WORLD_VERSION}: ${Object.keys(WORLD_IMPORTS).join(', ')}`
    : id.startsWith('wasi:')
      ? 'Of WASI, version 0.2 is there: cli, clocks, filesystem, http, io, random and sockets'
      : `A component imports the interfaces of ${WORLD_PACKAGE} and of WASI 0.2 (guest-sdk/wit/plugin.wit)`;
  throw new RingfenceError(
    'IMPORT_DENIED',
    `The import ${quote(name)} is not offered. ${hint} (at offset ${hex(offset)})`,
    { stage: 'validate', details: { imports: [{ name: quote(name), kind, offset }] } },
  );
}

/** Which function of the world, or of WASI, an imported function is. */
export type ImportedFunction =
  | { readonly kind: 'world'; readonly name: string; readonly row: WorldImport }
  | { readonly kind: 'wasi'; readonly name: string };

/**
 * @throws IMPORT_DENIED for a function that the interface does not have, or has with other types. Of WASI only the interface is
 *   compared here: its functions are matched by what is left of their types in the core module
 */
export function checkImportedFunction(
  { from, name, type }: Extract<Func, { kind: 'import' }>,
  offset: number,
): ImportedFunction {
  const world = from === undefined ? undefined : worldInterface(from);
  const title = `${from ?? 'root'} ${name}`;
  if (world !== undefined) {
    const row = Object.hasOwn(world, name) ? world[name] : undefined;
    if (row !== undefined && isWorldFunction(type, row)) return { kind: 'world', name: title, row };
    throw denied(
      title,
      row === undefined ? `there is: ${Object.keys(world).join(', ')}` : `it is ${signatureOf(row)}`,
      offset,
    );
  }
  if (from !== undefined) {
    const { id, version } = parseInterface(from);
    if (isWasi(id, version)) return { kind: 'wasi', name: `${id}#${name}` };
  }
  throw denied(title, 'the host offers functions in interfaces only', offset);
}

function denied(title: string, why: string, offset: number): RingfenceError {
  return new RingfenceError(
    'IMPORT_DENIED',
    `The import ${quote(title)} is not offered: ${why} (at offset ${hex(offset)})`,
    {
      stage: 'validate',
      details: { imports: [{ name: quote(title), kind: 'func', offset }] },
    },
  );
}

const signatureOf = ({ params, result }: WorldImport | WorldExport): string =>
  `func(${params.join(', ')})${result === undefined ? '' : ` -> ${result}`}`;

function checkExports({ exports }: EvaluatedComponent): ReadonlyMap<WorldExportName, Lifted> {
  const found = new Map<WorldExportName, Lifted>();
  const wrong: string[] = [];
  for (const [name, item] of exports) {
    if (item.sort === 'type' || BUILD_EXPORTS.includes(name)) continue;
    const row: WorldExport | undefined = Object.hasOwn(WORLD_EXPORTS, name)
      ? WORLD_EXPORTS[name as WorldExportName]
      : undefined;
    if (row === undefined) wrong.push(`${quote(name)}: the world has no such export`);
    else if (item.sort !== 'func' || item.func.kind !== 'lift' || !isWorldFunction(item.func.type, row)) {
      wrong.push(`${quote(name)}: expected ${signatureOf(row)}`);
    } else found.set(name as WorldExportName, item.func);
  }
  for (const [name, row] of Object.entries<WorldExport>(WORLD_EXPORTS)) {
    if (row.required && !exports.has(name)) wrong.push(`${quote(name)}: missing, expected ${signatureOf(row)}`);
  }
  if (wrong.length === 0) return found;
  throw new RingfenceError(
    'NOT_A_PLUGIN',
    `not a Ringfence plugin: its exports are not those of the world (guest-sdk/wit/plugin.wit):\n${shownLines(wrong)}`,
    { stage: 'validate', details: { exports: wrong.slice(0, SHOWN) } },
  );
}

const SHOWN = 20;
