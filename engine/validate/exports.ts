/** What a plugin must export, with exact types, and what it may. */
import {
  ABI_EXPORTS,
  ABI_MARKER,
  ABI_VERSION,
  type AbiExport,
  DISPATCH_EXPORT,
  FUNCTION_PREFIX,
  FUNCTION_TYPE,
  HOOKS,
  type HookName,
  MEMORY_EXPORT,
} from '../abi/exports.ts';
import { RingfenceError } from '../errors.ts';
import { hex } from '../wasm/reader.ts';
import { signatureName } from '../wasm/types.ts';
import { foreignKind } from './foreign.ts';
import { functionNameProblem } from './function-names.ts';
import type { Manifest } from './manifest.ts';
import { quote } from './quote.ts';
import type { ModuleSurface, SurfaceExport } from './surface.ts';

/** One export that is wrong, as `details.exports` has it. */
interface WrongExport {
  readonly name: string;
  readonly problem: 'missing' | 'mistyped' | 'unlisted' | 'bad-name';
  readonly expected: string;
  /** What it is; undefined where it is missing. */
  readonly actual?: string;
  readonly offset?: number;
}

/** A marker of any version. */
const ANY_MARKER = /^ringfence_abi_v(\d{1,9})$/;

/**
 * The handshake: is this a plugin at all, and of our version of the ABI?
 * @throws NOT_A_PLUGIN without the marker, ABI_MISMATCH with the marker of another version
 */
export function checkMarker(module: ModuleSurface): void {
  const markers = module.exports.flatMap(({ name }) => ANY_MARKER.exec(name)?.[1] ?? []).map(Number);
  if (markers.includes(ABI_VERSION)) return;
  const [version] = markers;
  if (version !== undefined) {
    throw new RingfenceError(
      'ABI_MISMATCH',
      `The plugin speaks guest ABI version ${version} (it exports \`ringfence_abi_v${version}\`), but this engine speaks version ${ABI_VERSION} (\`${ABI_MARKER}\`). ` +
        `Rebuild it with an SDK for version ${ABI_VERSION}`,
      { stage: 'validate', details: { wanted: version, offered: ABI_VERSION } },
    );
  }
  const guess = foreignKind(module);
  throw new RingfenceError(
    'NOT_A_PLUGIN',
    `not a Ringfence plugin: it has no export \`${ABI_MARKER}\`. ` +
      `${guess === undefined ? '' : `${guess}. `}` +
      'Build it with `ringfence build`; in other languages, export the functions of the guest ABI (docs/PLUGINS.md)',
    { stage: 'validate', details: { exports: module.exports.slice(0, 20).map(({ name }) => name) } },
  );
}

/**
 * @returns the names that `plugin.call` reaches, in the order of the manifest, and the hooks that there are
 * @throws NOT_A_PLUGIN with one message that lists all that is missing or mistyped
 */
export function checkExports(
  { exports }: Pick<ModuleSurface, 'exports'>,
  manifest: Manifest,
): { functions: readonly string[]; hooks: readonly HookName[] } {
  const byName = new Map(exports.map((item) => [item.name, item]));
  const wrong: WrongExport[] = [];

  const memory = byName.get(MEMORY_EXPORT);
  if (memory?.kind !== 'memory') wrong.push(describeWrong(MEMORY_EXPORT, memory, 'memory'));
  for (const [name, row] of Object.entries<AbiExport>(ABI_EXPORTS)) {
    const item = byName.get(name);
    if (item === undefined ? row.required : !hasType(item, row)) {
      wrong.push(describeWrong(name, item, `function ${signatureName(row)}`));
    }
  }
  const functions = Object.keys(manifest.functions);
  const dispatch = byName.get(DISPATCH_EXPORT);
  if (dispatch !== undefined && !hasType(dispatch, FUNCTION_TYPE)) {
    wrong.push(describeWrong(DISPATCH_EXPORT, dispatch, `function ${signatureName(FUNCTION_TYPE)}`));
  }
  for (const name of functions) {
    const item = byName.get(FUNCTION_PREFIX + name);
    if (item === undefined && dispatch !== undefined) continue;
    if (item === undefined || !hasType(item, FUNCTION_TYPE)) {
      wrong.push(
        describeWrong(
          FUNCTION_PREFIX + name,
          item,
          `function ${signatureName(FUNCTION_TYPE)}, because the manifest lists ${quote(name)}`,
        ),
      );
    }
  }
  for (const item of exports) {
    if (!item.name.startsWith(FUNCTION_PREFIX) || Object.hasOwn(ABI_EXPORTS, item.name)) continue;
    const name = item.name.slice(FUNCTION_PREFIX.length);
    if (Object.hasOwn(manifest.functions, name)) continue;
    const problem = functionNameProblem(name);
    wrong.push({
      name: item.name,
      problem: problem === undefined ? 'unlisted' : 'bad-name',
      expected: problem ?? `to be listed in the manifest: add ${quote(name)}: {} to its "functions"`,
      actual: typeText(item),
      offset: item.offset,
    });
  }
  if (wrong.length > 0) throw wrongExports(wrong);
  return { functions, hooks: HOOKS.filter((name) => byName.has(FUNCTION_PREFIX + name)) };
}

const hasType = ({ signature }: SurfaceExport, expected: AbiExport): boolean => signature === signatureName(expected);

const typeText = ({ kind, signature }: SurfaceExport): string =>
  signature === undefined ? kind : `function ${signature}`;

function describeWrong(name: string, item: SurfaceExport | undefined, expected: string): WrongExport {
  if (item === undefined) return { name, problem: 'missing', expected };
  return { name, problem: 'mistyped', expected, actual: typeText(item), offset: item.offset };
}

const SHOWN = 30;

function wrongExports(wrong: readonly WrongExport[]): RingfenceError {
  const lines = wrong.slice(0, SHOWN).map(({ name, expected, actual, offset }) => {
    const where = offset === undefined ? '' : ` (at offset ${hex(offset)})`;
    return `  ${quote(name)}: ${actual === undefined ? 'missing' : `is ${actual}`}, expected ${expected}${where}`;
  });
  if (wrong.length > SHOWN) lines.push(`  and ${wrong.length - SHOWN} more`);
  return new RingfenceError(
    'NOT_A_PLUGIN',
    `not a Ringfence plugin: ${wrong.length === 1 ? 'an export is wrong' : `${wrong.length} exports are wrong`}:\n${lines.join('\n')}\n` +
      'The SDK exports all but the plugin functions by itself; in other languages see docs/PLUGINS.md',
    { stage: 'validate', details: { exports: wrong.slice(0, SHOWN) } },
  );
}
