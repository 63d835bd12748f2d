/**
 * Names that components may use. No code is made of them here, but people read them in messages, and tools behind us may be
 * less careful: a name is plain printable ASCII without quotes and backslashes.
 */
import { RingfenceError } from '../../errors.ts';
import type { Component, Definition } from '../../wasm/component/component.ts';
import type { Module } from '../../wasm/module.ts';
import { hex } from '../../wasm/reader.ts';
import { quote } from '../quote.ts';

const SAFE = /^[A-Za-z0-9 _.:/@#[\]|*+<>=!$%&(),;?^~{}-]*$/;
/** What tells a registry or loader where else to get something from. */
const POINTS_ELSEWHERE = /^(?:url|relative-url|integrity|locked-dep|unlocked-dep)=/;

/** @throws INVALID_MODULE */
export function checkName(name: string, what: string, offset: number): void {
  if (SAFE.test(name)) return;
  throw new RingfenceError(
    'INVALID_MODULE',
    `${what}: the name ${quote(name)} is not plain printable ASCII without quotes and backslashes (at offset ${hex(offset)})`,
    { stage: 'validate', details: { name: quote(name), offset } },
  );
}

/** All names in a component, nested ones included. Iterative: what is nested waits in a list. */
export function checkComponentNames(root: Component): void {
  const waiting: (readonly Definition[])[] = [root.definitions];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const definition of next) waiting.push(...checkDefinition(definition));
  }
}

function checkDefinition(definition: Definition): (readonly Definition[])[] {
  const { offset } = definition;
  switch (definition.kind) {
    case 'import':
    case 'export':
      checkName(definition.name, definition.kind, offset);
      if (POINTS_ELSEWHERE.test(definition.name)) throw pointsElsewhere(definition.name, offset);
      return [];
    case 'alias':
      if (definition.target.from !== 'outer') checkName(definition.target.name, 'alias', offset);
      return [];
    case 'core-instance':
    case 'instance': {
      const { instance } = definition;
      const named = instance.form === 'instantiate' ? instance.args : instance.exports;
      for (const { name } of named) checkName(name, definition.kind, offset);
      return [];
    }
    case 'type': {
      const { type } = definition;
      if (type.kind === 'instance' || type.kind === 'component') return [type.definitions];
      if (type.kind === 'record' || type.kind === 'variant')
        for (const { name } of type.fields) checkName(name, 'type', offset);
      if (type.kind === 'func') for (const { name } of type.params) checkName(name, 'type', offset);
      if (type.kind === 'flags' || type.kind === 'enum') for (const name of type.names) checkName(name, 'type', offset);
      return [];
    }
    case 'component':
      return [definition.component.definitions];
    default:
      return [];
  }
}

/** Names of a core module inside, which other parts of the component refer to. */
export function checkCoreNames({ imports, exports }: Module): void {
  for (const { module, name, offset } of imports) {
    checkName(module, 'core import', offset);
    checkName(name, 'core import', offset);
  }
  for (const { name, offset } of exports) checkName(name, 'core export', offset);
}

function pointsElsewhere(name: string, offset: number): RingfenceError {
  return new RingfenceError(
    'IMPORT_DENIED',
    `The component imports ${quote(name)}: what a plugin runs must be inside its file (at offset ${hex(offset)})`,
    { stage: 'validate', details: { name: quote(name), offset } },
  );
}
