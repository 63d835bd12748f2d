/** The exports that a linked component has when its functions are called by type, and how each function uses them. */
import { coreFormOf } from '../abi/component-shapes.ts';
import type { ComponentFunction, ComponentSignature, ComponentType } from '../abi/component-types.ts';
import type { TypedFunction } from '../validate/component/typed-functions.ts';
import type { CoreItem } from '../validate/component/values.ts';
import { quote } from '../validate/quote.ts';
import type { ModuleSurface } from '../validate/surface.ts';
import { malformed } from '../wasm/reader.ts';
import type { FunctionIndex } from './adapters.ts';
import { REALLOC, type Signature } from './signature.ts';

export interface TypedLinkage {
  readonly functions: NonNullable<ModuleSurface['typed']>;
  readonly exports: readonly { readonly name: string; readonly index: number }[];
}

/**
 * @throws INVALID_MODULE where a core function does not have the signature that its type asks for, or memory is needed and
 *   nothing allocates it
 */
export function typedLinkage(typed: readonly TypedFunction[], indexOf: FunctionIndex): TypedLinkage {
  const names = new Map<string, string>();
  const exports: { name: string; index: number }[] = [];
  /** One export for each core function, however many use it. */
  const exported = (item: CoreItem, expected: Signature, what: string): string => {
    const index = indexOf(item, expected, what);
    const name = names.get(String(index)) ?? `f${exports.length}`;
    if (!names.has(String(index))) {
      names.set(String(index), name);
      exports.push({ name, index });
    }
    return name;
  };
  const functions = typed.map(({ name, func, signature }) => {
    const { options } = func;
    const title = quote(name);
    const flat = coreFormOf(signature);
    if (options.realloc === undefined && takesMemory(signature)) {
      throw malformed(`component: the function ${title} takes what lies in memory, but has no realloc`, func.offset);
    }
    const fn: ComponentFunction = {
      ...signature,
      encoding: options.encoding,
      core: exported(func.core, { params: flat.params, results: flat.results }, title),
      realloc: options.realloc === undefined ? null : exported(options.realloc, REALLOC, 'realloc'),
      postReturn:
        options.postReturn === undefined
          ? null
          : exported(options.postReturn, { params: flat.results, results: [] }, `post-return of ${title}`),
    };
    return [name, fn] as const;
  });
  return { functions, exports };
}

function takesMemory({ params }: ComponentSignature): boolean {
  return coreFormOf({ params, result: null }).isIndirect || params.some(([, type]) => hasMemory(type));
}

function hasMemory(type: ComponentType | null): boolean {
  if (type === null) return false;
  if (typeof type === 'string') return type === 'string';
  switch (type.kind) {
    case 'list':
      return true;
    case 'option':
      return hasMemory(type.of);
    case 'tuple':
      return type.of.some(hasMemory);
    case 'record':
      return type.fields.some(([, field]) => hasMemory(field));
    case 'variant':
      return type.cases.some(([, payload]) => hasMemory(payload));
    case 'result':
      return hasMemory(type.ok) || hasMemory(type.error);
    default:
      return false;
  }
}
