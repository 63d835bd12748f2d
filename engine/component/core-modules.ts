/**
 * The core modules of a component as one list, and who of them imports what from whom. Every one is checked as any module is
 * before anything else looks into it.
 */
import { RingfenceError, withContext } from '../errors.ts';
import { checkModule, type ValidModule } from '../validate/check-module.ts';
import { checkCoreNames } from '../validate/component/names.ts';
import type { CoreInstance, CoreItem, CoreModuleInstance } from '../validate/component/values.ts';
import { quote } from '../validate/quote.ts';
import type { Export, ExternKind, Import, Span } from '../wasm/module.ts';
import { malformed } from '../wasm/reader.ts';

/** What an import, or an item of a core instance, leads to. */
export type Resolved =
  | { readonly kind: 'defined'; readonly instance: CoreModuleInstance; readonly index: number }
  | { readonly kind: 'adapter'; readonly item: Extract<CoreItem, { kind: 'lower' | 'drop' | 'handle' }> };

interface Loaded {
  readonly valid: ValidModule;
  readonly exports: ReadonlyMap<string, Export>;
  readonly imports: Readonly<Record<ExternKind, readonly Import[]>>;
}

export class CoreModules {
  readonly #bytes: Uint8Array;
  readonly #maxBytes: number;
  readonly #loaded = new Map<Span, Loaded>();

  constructor(bytes: Uint8Array, maxBytes: number) {
    this.#bytes = bytes;
    this.#maxBytes = maxBytes;
  }

  /** @throws what checkModule throws; offsets in its messages count from the beginning of the module */
  valid({ module }: CoreModuleInstance): ValidModule {
    return this.#load(module).valid;
  }

  importsOf({ module }: CoreModuleInstance, kind: ExternKind): readonly Import[] {
    return this.#load(module).imports[kind];
  }

  /** Follows imports and aliases to where something is defined. @throws INVALID_MODULE where that is nowhere */
  resolve(instance: CoreModuleInstance, kind: ExternKind, index: number): Resolved {
    return this.#follow({ instance, index }, kind);
  }

  resolveItem(item: CoreItem, kind: ExternKind): Resolved {
    if (item.kind !== 'export') return this.#adapter(item, kind);
    return this.#follow(this.#exported(item.instance, item.name, kind, item.offset), kind);
  }

  #follow(start: Place | CoreItem, kind: ExternKind): Resolved {
    let at = start;
    // An instance refers to earlier ones only, so that this ends.
    for (;;) {
      if ('kind' in at) {
        if (at.kind !== 'export') return this.#adapter(at, kind);
        at = this.#exported(at.instance, at.name, kind, at.offset);
        continue;
      }
      const { instance, index } = at;
      const imported = this.importsOf(instance, kind)[index];
      if (imported === undefined) return { kind: 'defined', instance, index };
      const from = instance.args.get(imported.module);
      if (from === undefined) {
        throw malformed(
          `component: nothing is given for the import ${quote(imported.module)} of a core module`,
          instance.offset,
        );
      }
      at = this.#exported(from, imported.name, kind, instance.offset);
    }
  }

  #adapter(item: CoreItem, kind: ExternKind): Resolved {
    if (kind !== 'func' || item.kind === 'export')
      throw malformed(`component: expected a core ${kind}, got a function`, 0);
    return { kind: 'adapter', item };
  }

  #exported(from: CoreInstance, name: string, kind: ExternKind, offset: number): Place | CoreItem {
    if (from.kind === 'bundle') {
      const item = from.items.get(name);
      if (item === undefined) throw malformed(`component: there is no core ${kind} ${quote(name)}`, offset);
      return item;
    }
    const found = this.#load(from.module).exports.get(name);
    if (found?.kind !== kind) throw malformed(`component: there is no core ${kind} ${quote(name)}`, offset);
    return { instance: from, index: found.index };
  }

  #load(span: Span): Loaded {
    const known = this.#loaded.get(span);
    if (known !== undefined) return known;
    let valid: ValidModule;
    try {
      valid = checkModule(new Uint8Array(this.#bytes.subarray(span.start, span.end)), { maxBytes: this.#maxBytes });
    } catch (error) {
      throw inComponent(error, span);
    }
    checkCoreNames(valid.module);
    const of = (kind: ExternKind): Import[] => valid.module.imports.filter(({ type }) => type.kind === kind);
    const loaded: Loaded = {
      valid,
      exports: new Map(valid.module.exports.map((item) => [item.name, item])),
      imports: { func: of('func'), table: of('table'), memory: of('memory'), global: of('global'), tag: of('tag') },
    };
    this.#loaded.set(span, loaded);
    return loaded;
  }
}

interface Place {
  readonly instance: CoreModuleInstance;
  readonly index: number;
}

function inComponent(error: unknown, { start }: Span): RingfenceError {
  const known = withContext(error, { stage: 'validate', details: { coreModuleAt: start } });
  return new RingfenceError(known.code, `core module at ${start} of the component: ${known.message}`, {
    stage: known.stage,
    details: known.details,
    cause: error,
  });
}
