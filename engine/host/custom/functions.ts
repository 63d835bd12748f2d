/** The host functions of the application that one plugin may import: those of the engine and its own. */

import { CustomFunction, type CustomShape } from '../../host-function.ts';
import { invalid, show } from '../../option-checks.ts';
import type { HostSignature, HostSignatures } from '../../validate/imports.ts';
import { CUSTOM_PREFIX } from '../../validate/permission-lines.ts';
import { ALL_SIGNATURES } from '../foreign-table.ts';
import { HOST_FUNCTIONS } from '../table.ts';

/** By name. */
export type CustomFunctions = ReadonlyMap<string, CustomFunction>;

/**
 * Puts lists of functions together.
 * @throws INVALID_OPTION for what `hostFunction` did not make, and for a name that is there twice
 */
export function collectFunctions(...lists: readonly (readonly CustomFunction[] | undefined)[]): CustomFunctions {
  const functions = new Map<string, CustomFunction>();
  for (const list of lists) {
    if (list === undefined) continue;
    if (!Array.isArray(list)) throw notFunctions(list);
    for (const item of list as readonly CustomFunction[]) {
      if (!(item instanceof CustomFunction)) throw notFunctions(item);
      const { name } = item.shape;
      if (HOST_FUNCTIONS.has(name)) {
        throw invalid(`The engine has a host function \`${name}\` of its own`, { option: 'hostFunctions', name });
      }
      if (functions.has(name)) {
        throw invalid(`There are two host functions of the name \`${name}\``, { option: 'hostFunctions', name });
      }
      functions.set(name, item);
    }
  }
  return functions;
}

/** Of each collection once: what was checked against it is known by it. */
const signatures = new WeakMap<CustomFunctions, HostSignatures>();

/** What the validator compares the imports of a plugin with: the table, and these functions. */
export function signaturesWith(functions: CustomFunctions): HostSignatures {
  if (functions.size === 0) return ALL_SIGNATURES;
  const known = signatures.get(functions);
  if (known !== undefined) return known;
  const all = withCustom([...functions.values()].map(({ shape }) => shape));
  signatures.set(functions, all);
  return all;
}

/** What there is where these functions are offered beside the table. */
export function withCustom(shapes: readonly CustomShape[]): HostSignatures {
  const own = shapes.map(({ name, capability, params, results, price }) => {
    const signature: HostSignature = {
      type: { params, results },
      capability: CUSTOM_PREFIX + capability,
      cost: price.base,
    };
    return [name, signature] as const;
  });
  return new Map<string, HostSignature>([...ALL_SIGNATURES, ...own]);
}

const notFunctions = (given: unknown) =>
  invalid(`Expected \`hostFunctions\` to be a list of what hostFunction(…) returns, got ${show(given)}`, {
    option: 'hostFunctions',
  });
