/** The items of a component's sections: instances, aliases, canonical definitions, imports and exports. */
import { RingfenceError } from '../../errors.ts';
import { hex, type Reader } from '../reader.ts';
import { readAliasTarget } from './alias.ts';
import type { ComponentBudget } from './budget.ts';
import type { Canon, CanonOptions, Definition, StringEncoding } from './component.ts';
import { readCoreReference, readExternName, readReference, readSort } from './names.ts';
import { readDefinedType, readExternType, readPresence } from './types.ts';

const INSTANTIATE = 0x00;
const INLINE_EXPORTS = 0x01;
const CORE_INSTANCE_SORT = 0x12;

export function readCoreInstance(reader: Reader, budget: ComponentBudget): Definition {
  const offset = reader.offset;
  const form = reader.u8('form of a core instance');
  if (form === INSTANTIATE) {
    const module = reader.u32('module index');
    const args = readMany(reader, budget, 'arguments', () => {
      const name = budget.name(reader, 'name of an argument');
      const at = reader.offset;
      if (reader.u8('sort') !== CORE_INSTANCE_SORT)
        throw reader.malformed('arguments of a core module are instances', at);
      return { name, item: reader.u32('instance index') };
    });
    return { kind: 'core-instance', instance: { form: 'instantiate', module, args }, offset };
  }
  if (form !== INLINE_EXPORTS) throw reader.malformed(`${hex(form)} is not a form of a core instance`, offset);
  const exports = readMany(reader, budget, 'exports', () => ({
    name: budget.name(reader, 'name of an export'),
    item: readCoreReference(reader),
  }));
  return { kind: 'core-instance', instance: { form: 'exports', exports }, offset };
}

export function readInstance(reader: Reader, budget: ComponentBudget): Definition {
  const offset = reader.offset;
  const form = reader.u8('form of an instance');
  if (form === INSTANTIATE) {
    const component = reader.u32('component index');
    const args = readMany(reader, budget, 'arguments', () => ({
      name: budget.name(reader, 'name of an argument'),
      item: readReference(reader),
    }));
    return { kind: 'instance', instance: { form: 'instantiate', component, args }, offset };
  }
  if (form !== INLINE_EXPORTS) throw reader.malformed(`${hex(form)} is not a form of an instance`, offset);
  const exports = readMany(reader, budget, 'exports', () => ({
    name: readExternName(reader, budget, 'name of an export'),
    item: readReference(reader),
  }));
  return { kind: 'instance', instance: { form: 'exports', exports }, offset };
}

function readMany<Item>(reader: Reader, budget: ComponentBudget, what: string, read: () => Item): Item[] {
  const count = budget.items(reader, what, 3);
  const items: Item[] = [];
  for (let i = 0; i < count; i++) items.push(read());
  return items;
}

export function readAlias(reader: Reader, budget: ComponentBudget): Definition {
  const offset = reader.offset;
  const sort = readSort(reader);
  return { kind: 'alias', sort, target: readAliasTarget(reader, budget), offset };
}

export function readType(reader: Reader, budget: ComponentBudget, depth: number): Definition {
  const offset = reader.offset;
  return { kind: 'type', type: readDefinedType(reader, budget, depth), offset };
}

const CANON = { lift: 0x00, lower: 0x01, resourceNew: 0x02, resourceDrop: 0x03, resourceRep: 0x04 } as const;
/** Built-ins by their byte, to name them in the message that refuses them. */
const BUILT_INS: ReadonlyMap<number, string> = new Map([
  [0x05, 'task.cancel'],
  [0x06, 'subtask.cancel'],
  [0x07, 'resource.drop async'],
  [0x08, 'backpressure.set'],
  [0x09, 'task.return'],
  [0x0a, 'context.get'],
  [0x0b, 'context.set'],
  [0x0c, 'thread.yield'],
  [0x0d, 'subtask.drop'],
  [0x0e, 'stream.new'],
  [0x15, 'future.new'],
  [0x1c, 'error-context.new'],
  [0x1f, 'waitable-set.new'],
  [0x40, 'thread.spawn-ref'],
]);

export function readCanon(reader: Reader, budget: ComponentBudget): Definition {
  const offset = reader.offset;
  return { kind: 'canon', canon: readCanonForm(reader, budget, offset), offset };
}

function readCanonForm(reader: Reader, budget: ComponentBudget, offset: number): Canon {
  const form = reader.u8('canonical definition');
  switch (form) {
    case CANON.lift: {
      expectZero(reader);
      const coreFunc = reader.u32('core function');
      const options = readCanonOptions(reader, budget);
      return { form: 'lift', coreFunc, options, typeIndex: reader.u32('type index') };
    }
    case CANON.lower: {
      expectZero(reader);
      const func = reader.u32('function');
      return { form: 'lower', func, options: readCanonOptions(reader, budget) };
    }
    case CANON.resourceNew:
      return { form: 'resource.new', resource: reader.u32('type index') };
    case CANON.resourceRep:
      return { form: 'resource.rep', resource: reader.u32('type index') };
    case CANON.resourceDrop:
      return { form: 'resource.drop', resource: reader.u32('type index') };
    default:
      throw refusedCanon(reader, BUILT_INS.get(form) ?? `the canonical built-in ${hex(form)}`, offset);
  }
}

function expectZero(reader: Reader): void {
  const start = reader.offset;
  if (reader.u8('reserved byte') !== 0) throw reader.malformed('expected 0 behind lift or lower', start);
}

const ENCODINGS: readonly StringEncoding[] = ['utf8', 'utf16', 'latin1+utf16'];

function readCanonOptions(reader: Reader, budget: ComponentBudget): CanonOptions {
  let encoding: StringEncoding = 'utf8';
  const indices: { memory?: number; realloc?: number; postReturn?: number } = {};
  const count = budget.items(reader, 'options');
  for (let i = 0; i < count; i++) {
    const offset = reader.offset;
    const form = reader.u8('option');
    if (form <= 0x02) encoding = ENCODINGS[form] as StringEncoding;
    else if (form === 0x03) indices.memory = reader.u32('memory');
    else if (form === 0x04) indices.realloc = reader.u32('core function');
    else if (form === 0x05) indices.postReturn = reader.u32('core function');
    else throw refusedCanon(reader, `the option ${CANON_OPTIONS.get(form) ?? hex(form)}`, offset);
  }
  const { memory, realloc, postReturn } = indices;
  return { encoding, memory, realloc, postReturn };
}

const CANON_OPTIONS: ReadonlyMap<number, string> = new Map([
  [0x06, 'async'],
  [0x07, 'callback'],
  [0x08, 'core-type'],
  [0x09, 'gc'],
]);

function refusedCanon(reader: Reader, what: string, offset: number): RingfenceError {
  return new RingfenceError(
    'UNSUPPORTED_FEATURE',
    `${reader.where}: the component uses ${what}, but of the canonical ABI only lift, lower and those of resources are taken, all synchronous. ` +
      `Build it with synchronous functions (componentize-qjs: \`sync: true\`) (at offset ${hex(offset)})`,
    { stage: 'decode', details: { feature: 'component-model', what, offset } },
  );
}

export function readImport(reader: Reader, budget: ComponentBudget): Definition {
  const offset = reader.offset;
  const name = readExternName(reader, budget, 'name of an import');
  return { kind: 'import', name, type: readExternType(reader), offset };
}

export function readExport(reader: Reader, budget: ComponentBudget): Definition {
  const offset = reader.offset;
  const name = readExternName(reader, budget, 'name of an export');
  const item = readReference(reader);
  const type = readPresence(reader, 'type of an export') ? readExternType(reader) : undefined;
  return { kind: 'export', name, item, type, offset };
}
