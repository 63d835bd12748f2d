/** A plain summary of a component: what it imports and exports as a whole, and what is inside, without evaluating or running it. */
import { STRUCTURE, type StructureLimits } from '../../limits.ts';
import type { Component, Definition } from './component.ts';
import { decodeComponent } from './decode.ts';

export interface ComponentSummary {
  readonly bytes: number;
  /** Of the component as a whole: interfaces and their versions, or what else stands there. */
  readonly imports: readonly { readonly name: string; readonly kind: string }[];
  readonly exports: readonly { readonly name: string; readonly kind: string }[];
  /** Sizes of the core modules inside, those of nested components included. */
  readonly coreModules: readonly number[];
  /** How many components are nested inside. */
  readonly components: number;
}

/**
 * @throws what decodeComponent throws
 *
 * @example
 * inspectComponent(await readFile('plugin.wasm')).imports; // [{ name: 'ringfence:plugin/log@1.0.0', kind: 'instance' }]
 */
export function inspectComponent(bytes: Uint8Array, limits: StructureLimits = STRUCTURE): ComponentSummary {
  const root = decodeComponent(bytes, limits);
  const coreModules: number[] = [];
  let components = -1;
  const waiting: Component[] = [root];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    components++;
    for (const definition of next.definitions) {
      if (definition.kind === 'core-module') coreModules.push(definition.span.end - definition.span.start);
      else if (definition.kind === 'component') waiting.push(definition.component);
    }
  }
  const of = <Kind extends 'import' | 'export'>(kind: Kind): Extract<Definition, { kind: Kind }>[] =>
    root.definitions.filter((item): item is Extract<Definition, { kind: Kind }> => item.kind === kind);
  return {
    bytes: bytes.length,
    imports: of('import').map(({ name, type }) => ({ name, kind: type.kind })),
    exports: of('export').map(({ name, item }) => ({ name, kind: 'sort' in item ? item.sort : item.kind })),
    coreModules,
    components,
  };
}
