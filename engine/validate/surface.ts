/**
 * What a module shows to the outside, as plain data: all that is asked of it once its code has been checked. It crosses
 * threads and goes into files; the decoded module stays where it was decoded.
 */
import type { ComponentFunction } from '../abi/component-types.ts';
import type { ExternKind, Module } from '../wasm/module.ts';
import { functionTypeOf } from '../wasm/module.ts';
import { type FunctionType, signatureName } from '../wasm/types.ts';

export interface ModuleSurface {
  readonly imports: readonly SurfaceImport[];
  readonly exports: readonly SurfaceExport[];
  /** How many memories there are, imported ones included. */
  readonly memories: number;
  /** The custom sections that hold a manifest: one, in a plugin that is well built. */
  readonly manifests: readonly SurfaceManifest[];
  /**
   * It was linked from a component, whose toolchain imports all of the world, needed or not. What the manifest does not ask for
   * may be imported all the same, and refuses when it is called.
   */
  readonly isLinked?: boolean;
  /** Of a component of another world than ours: its functions by name, which are called by type. */
  readonly typed?: readonly (readonly [name: string, fn: ComponentFunction])[];
  /** It is a program: it runs once, from its beginning. */
  readonly isProgram?: boolean;
}

export interface SurfaceImport {
  readonly module: string;
  readonly name: string;
  readonly kind: ExternKind;
  /** Of functions: "(i32, i32) -> i64". */
  readonly signature?: string | undefined;
  readonly offset: number;
}

export interface SurfaceExport {
  readonly name: string;
  readonly kind: ExternKind;
  readonly index: number;
  /** Of functions. */
  readonly signature?: string | undefined;
  readonly offset: number;
}

/** A custom section that holds a manifest. */
export interface SurfaceManifest {
  readonly offset: number;
  /** A copy: not a view into the module. Empty for all but the first, which is one too many. */
  readonly data: Uint8Array<ArrayBuffer>;
}

/** Name of the custom section that holds the manifest. */
export const MANIFEST_SECTION = 'ringfence.manifest';

export function surfaceOf(module: Module): ModuleSurface {
  return {
    imports: module.imports.map(({ module: from, name, type, offset }) => {
      const composite = type.kind === 'func' ? module.types[type.typeIndex]?.composite : undefined;
      const signature = composite?.kind === 'func' ? signatureText(composite) : undefined;
      return { module: from, name, kind: type.kind, signature, offset };
    }),
    exports: module.exports.map(({ name, kind, index, offset }) => {
      const type = kind === 'func' ? functionTypeOf(module, index) : undefined;
      return { name, kind, index, signature: type && signatureText(type), offset };
    }),
    memories: module.imported.memory + module.memories.length,
    manifests: manifestSections(module),
  };
}

export function manifestSections({ customs, bytes }: Module): SurfaceManifest[] {
  return customs
    .filter(({ name }) => name === MANIFEST_SECTION)
    .map(({ offset, data: { start, end } }, i) => ({
      offset,
      data: i === 0 ? new Uint8Array(bytes.subarray(start, end)) : new Uint8Array(),
    }));
}

/** More values than any function of host or ABI has: those of a module that has thousands of such exports are only counted. */
const WRITTEN_VALUES = 32;

function signatureText(type: FunctionType): string {
  const { params, results } = type;
  if (params.length + results.length <= WRITTEN_VALUES) return signatureName(type);
  return `(${params.length} parameters) -> (${results.length} results)`;
}
