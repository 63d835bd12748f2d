/** The types of components. What a type refers to by index is not looked up here. */
import { hex, type Reader } from '../reader.ts';
import { readAliasTarget } from './alias.ts';
import type { ComponentBudget } from './budget.ts';
import type { ComponentValueType, DefinedType, Definition, ExternType, Named, PrimitiveType } from './component.ts';
import { readExternName, readSort } from './names.ts';

const PRIMITIVES: ReadonlyMap<number, PrimitiveType> = new Map([
  [0x7f, 'bool'],
  [0x7e, 's8'],
  [0x7d, 'u8'],
  [0x7c, 's16'],
  [0x7b, 'u16'],
  [0x7a, 's32'],
  [0x79, 'u32'],
  [0x78, 's64'],
  [0x77, 'u64'],
  [0x76, 'f32'],
  [0x75, 'f64'],
  [0x74, 'char'],
  [0x73, 'string'],
  [0x64, 'error-context'],
]);

const RECORD = 0x72;
const VARIANT = 0x71;
const LIST = 0x70;
const TUPLE = 0x6f;
const FLAGS = 0x6e;
const ENUM = 0x6d;
const OPTION = 0x6b;
const RESULT = 0x6a;
const OWN = 0x69;
const BORROW = 0x68;
const RESOURCE = 0x3f;
const FUNC = 0x40;
const COMPONENT = 0x41;
const INSTANCE = 0x42;
/** Asynchronous functions, streams, futures and lists of fixed length: known by name, to say what is refused. */
const REFUSED: ReadonlyMap<number, string> = new Map([
  [0x43, 'an asynchronous function'],
  [0x3e, 'a resource with an asynchronous destructor'],
  [0x63, 'a map'],
  [0x65, 'a future'],
  [0x66, 'a stream'],
  [0x67, 'a list of fixed length'],
]);

const DECLARATION = { coreType: 0x00, type: 0x01, alias: 0x02, import: 0x03, export: 0x04 } as const;
const EXTERN = { core: 0x00, func: 0x01, value: 0x02, type: 0x03, component: 0x04, instance: 0x05 } as const;
const CORE_MODULE = 0x11;

/** @param depth how deep the definition stands in components and types */
export function readDefinedType(reader: Reader, budget: ComponentBudget, depth: number): DefinedType {
  const start = reader.offset;
  const form = reader.u8('type');
  const primitive = PRIMITIVES.get(form);
  if (primitive !== undefined) return { kind: 'primitive', type: primitive };
  switch (form) {
    case RECORD:
      return { kind: 'record', fields: readNamed(reader, budget, 'fields', () => readComponentValueType(reader)) };
    case VARIANT:
      return {
        kind: 'variant',
        fields: readNamed(reader, budget, 'cases', () => {
          const type = readOptional(reader, 'type of a case');
          if (reader.u8('reserved byte') !== 0) throw reader.malformed('a case refines another', reader.offset - 1);
          return type;
        }),
      };
    case LIST:
      return { kind: 'list', element: readComponentValueType(reader) };
    case OPTION:
      return { kind: 'option', element: readComponentValueType(reader) };
    case TUPLE: {
      const count = budget.items(reader, 'elements of a tuple');
      return { kind: 'tuple', elements: readTimes(count, () => readComponentValueType(reader)) };
    }
    case FLAGS:
    case ENUM: {
      const count = budget.items(reader, 'names');
      return { kind: form === FLAGS ? 'flags' : 'enum', names: readTimes(count, () => budget.name(reader, 'name')) };
    }
    case RESULT:
      return {
        kind: 'result',
        ok: readOptional(reader, 'type of success'),
        error: readOptional(reader, 'type of failure'),
      };
    case OWN:
    case BORROW:
      return { kind: form === OWN ? 'own' : 'borrow', resource: reader.u32('type index') };
    case RESOURCE:
      return readResource(reader);
    case FUNC:
      return readFunction(reader, budget);
    case COMPONENT:
    case INSTANCE:
      return {
        kind: form === COMPONENT ? 'component' : 'instance',
        definitions: readDeclarations(reader, budget, depth + 1, form === COMPONENT),
      };
    default:
      throw reader.malformed(`${REFUSED.get(form) ?? hex(form)} is not a type that is known here`, start);
  }
}

function readTimes<Item>(count: number, read: () => Item): Item[] {
  const items: Item[] = [];
  for (let i = 0; i < count; i++) items.push(read());
  return items;
}

function readNamed<Item>(reader: Reader, budget: ComponentBudget, what: string, read: () => Item): Named<Item>[] {
  const count = budget.items(reader, what, 2);
  return readTimes(count, () => ({ name: budget.name(reader, 'name'), item: read() }));
}

function readComponentValueType(reader: Reader): ComponentValueType {
  const start = reader.offset;
  const value = reader.s33('type');
  if (value >= 0) return value;
  const primitive = value >= -0x40 ? PRIMITIVES.get(value + 0x80) : undefined;
  if (primitive === undefined) throw reader.malformed(`${value} is not a value type that is known here`, start);
  return primitive;
}

function readOptional(reader: Reader, what: string): ComponentValueType | undefined {
  return readPresence(reader, what) ? readComponentValueType(reader) : undefined;
}

export function readPresence(reader: Reader, what: string): boolean {
  const start = reader.offset;
  const byte = reader.u8(what);
  if (byte > 1) throw reader.malformed(`expected 0 or 1 before ${what}, got ${hex(byte)}`, start);
  return byte === 1;
}

/** Its representation is always i32. */
function readResource(reader: Reader): DefinedType {
  const start = reader.offset;
  if (reader.u8('representation') !== 0x7f) throw reader.malformed('a resource must be represented as i32', start);
  return { kind: 'resource', destructor: readPresence(reader, 'destructor') ? reader.u32('core function') : undefined };
}

function readFunction(reader: Reader, budget: ComponentBudget): DefinedType {
  const params = readNamed(reader, budget, 'parameters', () => readComponentValueType(reader));
  const start = reader.offset;
  const form = reader.u8('form of results');
  if (form === 0) return { kind: 'func', params, result: readComponentValueType(reader) };
  // Named results are gone from the format: an empty list is what is left of them.
  if (form !== 1 || reader.u8('number of results') !== 0)
    throw reader.malformed('results must be one type or none', start);
  return { kind: 'func', params, result: undefined };
}

function readDeclarations(reader: Reader, budget: ComponentBudget, depth: number, mayImport: boolean): Definition[] {
  budget.descend(reader, depth);
  const count = budget.definitions(reader, 'declarations', 2);
  return readTimes(count, (): Definition => {
    const offset = reader.offset;
    const form = reader.u8('declaration');
    switch (form) {
      case DECLARATION.type:
        return { kind: 'type', type: readDefinedType(reader, budget, depth), offset };
      case DECLARATION.alias: {
        const sort = readSort(reader);
        return { kind: 'alias', sort, target: readAliasTarget(reader, budget), offset };
      }
      case DECLARATION.export: {
        const name = readExternName(reader, budget, 'name of an export');
        return { kind: 'export', name, item: readExternType(reader), offset };
      }
      case DECLARATION.import:
        if (mayImport) {
          const name = readExternName(reader, budget, 'name of an import');
          return { kind: 'import', name, type: readExternType(reader), offset };
        }
        throw reader.malformed('the type of an instance cannot import', offset);
      case DECLARATION.coreType:
        throw reader.malformed('core types are not taken', offset);
      default:
        throw reader.malformed(`${hex(form)} is not a declaration`, offset);
    }
  });
}

export function readExternType(reader: Reader): ExternType {
  const start = reader.offset;
  const form = reader.u8('kind of import or export');
  switch (form) {
    case EXTERN.core:
      if (reader.u8('core sort') !== CORE_MODULE) throw reader.malformed('only core modules may stand here', start);
      return { kind: 'module', typeIndex: reader.u32('type index') };
    case EXTERN.func:
      return { kind: 'func', typeIndex: reader.u32('type index') };
    case EXTERN.component:
      return { kind: 'component', typeIndex: reader.u32('type index') };
    case EXTERN.instance:
      return { kind: 'instance', typeIndex: reader.u32('type index') };
    case EXTERN.type: {
      const at = reader.offset;
      const bound = reader.u8('bound');
      if (bound === 0) return { kind: 'type', equal: reader.u32('type index') };
      if (bound === 1) return { kind: 'type', equal: undefined };
      throw reader.malformed(`${hex(bound)} is not a bound of a type`, at);
    }
    case EXTERN.value:
      if (readPresence(reader, 'bound of a value')) readComponentValueType(reader);
      else reader.u32('value index');
      return { kind: 'value' };
    default:
      throw reader.malformed(`${hex(form)} is not a kind of import or export`, start);
  }
}
