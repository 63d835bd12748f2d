/** Whether a type of a component is one of the world's. Compared from the world's side, so that nothing is ever expanded. */
import type { WorldFunction, WorldType } from '../../abi/component-world.ts';
import type { ComponentValueType, DefinedType } from '../../wasm/component/component.ts';
import type { Scope } from './scope.ts';
import type { Type } from './values.ts';

/** True for a function of exactly these types; names of parameters are the component's own affair. */
export function isWorldFunction(type: Type, world: WorldFunction): boolean {
  if (type.kind !== 'defined' || type.type.kind !== 'func') return false;
  const { params, result } = type.type;
  if (params.length !== world.params.length) return false;
  if (!params.every(({ item }, i) => isWorldType(item, world.params[i] as WorldType, type.scope))) return false;
  if (result === undefined || world.result === undefined) return result === world.result;
  return isWorldType(result, world.result, type.scope);
}

function isWorldType(type: ComponentValueType, world: WorldType, scope: Scope): boolean {
  switch (world) {
    case 'result<string, string>':
    case 'result<_, string>': {
      const found = lookUp(type, scope);
      if (found?.type.kind !== 'result') return false;
      const { ok, error } = found.type;
      const isOk = world === 'result<_, string>' ? ok === undefined : isPrimitive(ok, 'string', found.scope);
      return isOk && isPrimitive(error, 'string', found.scope);
    }
    default:
      return isPrimitive(type, world, scope);
  }
}

function isPrimitive(type: ComponentValueType | undefined, name: string, scope: Scope): boolean {
  if (typeof type !== 'number') return type === name;
  const found = lookUp(type, scope);
  return found?.type.kind === 'primitive' && found.type.type === name;
}

function lookUp(type: ComponentValueType, scope: Scope): { type: DefinedType; scope: Scope } | undefined {
  const found = typeof type === 'number' ? scope.types[type] : undefined;
  return found?.kind === 'defined' ? found : undefined;
}
