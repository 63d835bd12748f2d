/**
 * The functions of a component that was built for another world than ours: those whose types can be written as JSON are called by
 * type. Types are expanded here, within a budget, so that nothing behind this can be made to expand them further.
 */

import type { ComponentSignature, ComponentType } from '../../abi/component-types.ts';
import { BUILD_EXPORTS } from '../../abi/component-world.ts';
import type { ComponentValueType, DefinedType, Named } from '../../wasm/component/component.ts';
import type { EvaluatedComponent } from './evaluate.ts';
import type { Scope } from './scope.ts';
import type { Func, Item, Type } from './values.ts';

type Lifted = Extract<Func, { kind: 'lift' }>;

export interface TypedFunction {
  /** As short as it is the only one of that name: "area", "shapes.area", "geo:shapes/shapes.area". */
  readonly name: string;
  readonly func: Lifted;
  readonly signature: ComponentSignature;
}

export interface TypedFunctions {
  readonly callable: readonly TypedFunction[];
  /** Why the others cannot be called. */
  readonly left: readonly string[];
}

/** Parts of a type, counted as often as they stand in it: of one function, and of all. */
const MOST_PARTS = 1_000;
const MOST_PARTS_TOGETHER = 20_000;
const MOST_DEPTH = 32;
const MOST_FUNCTIONS = 1_000;
/** Those of resources have brackets. */
const CALLABLE_NAME = /^[A-Za-z_][A-Za-z0-9_.:/@+-]{0,199}$/;
/** What flags of one word can hold: there are no others any more. */
const MOST_FLAGS = 32;

export function typedFunctions({ exports }: EvaluatedComponent): TypedFunctions {
  const found: { names: readonly string[]; func: Lifted }[] = [];
  const add = (names: readonly string[], item: Item): void => {
    if (item.sort === 'func' && item.func.kind === 'lift') found.push({ names, func: item.func });
  };
  for (const [name, item] of exports) {
    if (BUILD_EXPORTS.includes(name)) continue;
    add([name], item);
    if (item.sort !== 'instance' || item.instance.kind !== 'exports') continue;
    const [path = name] = name.split('@');
    const short = path.slice(path.lastIndexOf('/') + 1);
    for (const [inner, of] of item.instance.exports) {
      add([inner, `${short}.${inner}`, `${path}.${inner}`, `${name}.${inner}`], of);
    }
  }
  const times = new Map<string, number>();
  for (const { names } of found) for (const name of new Set(names)) times.set(name, (times.get(name) ?? 0) + 1);

  const callable: TypedFunction[] = [];
  const left: string[] = [];
  const together = { left: MOST_PARTS_TOGETHER };
  for (const { names, func } of found) {
    const name = names.find((candidate) => times.get(candidate) === 1) ?? (names.at(-1) as string);
    let signature = callable.length < MOST_FUNCTIONS ? signatureOf(func, together) : 'too many functions';
    if (!CALLABLE_NAME.test(name) || name in Object.prototype) {
      signature = typeof signature === 'string' ? signature : 'no function is called by such a name';
    }
    if (typeof signature === 'string') left.push(`${name}: ${signature}`);
    else callable.push({ name, func, signature });
  }
  return { callable, left };
}

/** @returns why it cannot be called otherwise */
function signatureOf({ type }: Lifted, together: { left: number }): ComponentSignature | string {
  if (type.kind !== 'defined' || type.type.kind !== 'func') return 'it has no type of a function';
  const expansion = new Expansion(Math.min(MOST_PARTS, together.left));
  const { params, result } = type.type;
  try {
    return {
      params: params.map(({ name, item }) => [name, expansion.type(item, type.scope, 0)] as const),
      result: result === undefined ? null : expansion.type(result, type.scope, 0),
    };
  } catch (error) {
    if (error instanceof NotPlain) return error.message;
    throw error;
  } finally {
    together.left -= expansion.used;
  }
}

class NotPlain extends Error {}

class Expansion {
  readonly #most: number;
  used = 0;

  constructor(most: number) {
    this.#most = most;
  }

  type(type: ComponentValueType, scope: Scope, depth: number): ComponentType {
    this.#count(1, depth);
    if (typeof type === 'number') return this.#referred(scope.types[type], depth);
    return this.#primitive(type);
  }

  #count(parts: number, depth: number): void {
    this.used += parts;
    if (this.used > this.#most || depth > MOST_DEPTH) throw new NotPlain('its types are too large');
  }

  #primitive(name: string): ComponentType {
    if (name === 'error-context') throw new NotPlain('it deals in error contexts');
    return name as ComponentType;
  }

  #referred(type: Type | undefined, depth: number): ComponentType {
    if (type === undefined) throw new NotPlain('it refers to a type that is not there');
    if (type.kind === 'resource') throw new NotPlain(RESOURCES);
    return this.#defined(type.type, type.scope, depth);
  }

  #defined(type: DefinedType, scope: Scope, depth: number): ComponentType {
    const inner = (item: ComponentValueType): ComponentType => this.type(item, scope, depth + 1);
    const optional = (item: ComponentValueType | undefined): ComponentType | null =>
      item === undefined ? null : inner(item);
    const named = <From, To>(items: readonly Named<From>[], of: (item: From) => To): (readonly [string, To])[] => {
      this.#count(items.length, depth);
      return items.map(({ name, item }) => [name, of(item)] as const);
    };
    switch (type.kind) {
      case 'primitive':
        return this.#primitive(type.type);
      case 'list':
      case 'option':
        return { kind: type.kind, of: inner(type.element) };
      case 'record':
        return {
          kind: 'record',
          fields: named(type.fields, (field) => {
            if (field === undefined) throw new NotPlain('it has a field without a type');
            return inner(field);
          }),
        };
      case 'tuple':
        return { kind: 'tuple', of: type.elements.map(inner) };
      case 'variant':
        return { kind: 'variant', cases: named(type.fields, optional) };
      case 'enum':
      case 'flags':
        this.#count(type.names.length, depth);
        if (type.kind === 'flags' && type.names.length > MOST_FLAGS)
          throw new NotPlain(`it has over ${MOST_FLAGS} flags`);
        return { kind: type.kind, names: type.names };
      case 'result':
        return { kind: 'result', ok: optional(type.ok), error: optional(type.error) };
      case 'own':
      case 'borrow':
      case 'resource':
        throw new NotPlain(RESOURCES);
      default:
        throw new NotPlain(`a ${type.kind} is no value`);
    }
  }
}

const RESOURCES = 'it deals in resources, which have no form as JSON';
