/** The hosts of fuzzed modules: everything that they do is the same in every session. */
import { decodeModule } from '../../../engine/wasm/decode.ts';
import type { ValueType } from '../../../engine/wasm/types.ts';
import { assembleWithWabt } from '../../support/toolchains.ts';
import { type Host, HostFailure, type SessionView } from './session.ts';

/** Makes a function of JavaScript one of WebAssembly, which guests can keep in their tables. */
const BRIDGE = new WebAssembly.Module(
  assembleWithWabt('(module (import "e" "f" (func $f (result i32))) (func (export "f") (result i32) (call $f)))'),
);

/** Host of the modules of module-generator.ts. */
export const generatorHost: Host = (session) => {
  const failure = new HostFailure('the host fails');
  let turn = 0;
  // Each time something else of what a callback may do.
  const callback = (): number => {
    const reenter = (): void => {
      const own = session.exports?.callback as (() => number) | undefined;
      if (own !== undefined) session.tell(session.reenter(own) ?? -3);
    };
    turn++;
    if (turn % 4 === 0) session.charge(turn & 0xff);
    else if (turn % 4 === 1) reenter();
    else if (turn % 4 === 2) session.swallow(reenter);
    else if (turn % 8 === 7) throw failure;
    return turn;
  };
  const placed = new WebAssembly.Instance(BRIDGE, { e: { f: callback } }).exports.f;
  /** Puts it where the guest's own callback is in an exported table, or that one back. */
  const place = (): void => {
    const own = session.exports?.callback;
    for (const table of session.own) {
      if (own === undefined || !(table instanceof WebAssembly.Table)) continue;
      for (let i = 0; i < table.length; i++) {
        const entry: unknown = table.get(i);
        if (entry === own) table.set(i, placed);
        else if (entry === placed) table.set(i, own);
      }
    }
  };
  return {
    env: {
      log: (value: number) => {
        session.tell(value);
        place();
      },
      ask: (a: number, b: number) => (Math.imul(a, 31) + (Number.isFinite(b) ? Math.trunc(b) : 7)) | 0,
      pair: (a: bigint) => [BigInt.asIntN(64, a * 3n), 1.5],
      charge: (fuel: number) => session.charge(fuel & 0xff),
      fail: (how: number) => {
        const tag = session.exports?.tag as WebAssembly.Tag | undefined;
        if (tag !== undefined && how % 2 === 0) throw new WebAssembly.Exception(tag, [how]);
        throw failure;
      },
      take: (reference: (() => unknown) | null) => {
        if (reference === null) return -1;
        let answer: unknown;
        const call = (): void => {
          answer = session.reenter(reference);
        };
        session.swallow(call);
        return typeof answer === 'number' ? answer | 0 : -2;
      },
      give: (which: number) => {
        const functions = [placed, ...session.own.filter((value) => typeof value === 'function')];
        return functions[(which >>> 0) % (functions.length + 1)] ?? null;
      },
      reenter: (how: number) => {
        const callback = session.exports?.callback as (() => number) | undefined;
        if (callback === undefined) return -1;
        let answer = -2;
        const call = (): void => {
          answer = session.reenter(callback) ?? -3;
        };
        if (how % 2 === 0) call();
        else session.swallow(call);
        return answer;
      },
    },
  };
};

/** Host of the modules that binaryen makes: what its own fuzzer offers them. */
export function binaryenHost(bytes: Uint8Array): Host {
  const module = decodeModule(bytes);
  return (session) => {
    const functions = fuzzingSupport(session);
    const imports: Record<string, Record<string, unknown>> = {};
    for (const item of module.imports) {
      const own = imports[item.module] ?? {};
      imports[item.module] = own;
      const { type } = item;
      if (type.kind === 'func') own[item.name] = functions[item.name] ?? (() => undefined);
      else if (type.kind === 'global') own[item.name] = globalFor(type.global.type, type.global.mutable);
      else if (type.kind === 'tag') own[item.name] = tagFor(item.name);
      else throw new Error(`no host for the ${type.kind} ${item.name}`);
    }
    // The type of imports does not know tags and references.
    return imports as WebAssembly.Imports;
  };
}

function fuzzingSupport(session: SessionView): Record<string, (...args: never[]) => unknown> {
  const log = (value: unknown): void => session.tell(value);
  const failure = new HostFailure('thrown by the host');
  const table = (): WebAssembly.Table | undefined => session.exports?.table as WebAssembly.Table | undefined;
  const callExport = (index: number): void => {
    const functions = session.own.filter((value) => typeof value === 'function');
    const chosen = functions[(index >>> 0) % Math.max(1, functions.length)];
    if (chosen !== undefined) session.reenter(() => (chosen as () => unknown)());
  };
  const callReference = (reference: (() => unknown) | null): void => {
    if (reference !== null) session.reenter(() => reference());
  };
  return {
    'log-i32': log,
    'log-i64': log,
    'log-f32': log,
    'log-f64': log,
    throw: () => {
      throw failure;
    },
    'table-get': (index: number) => {
      const own = table();
      return own === undefined || index >>> 0 >= own.length ? null : own.get(index >>> 0);
    },
    'table-set': (index: number, value: unknown) => {
      const own = table();
      if (own !== undefined && index >>> 0 < own.length) own.set(index >>> 0, value);
    },
    'call-export': callExport,
    'call-export-catch': (index: number) => (session.swallow(() => callExport(index)) ? 0 : 1),
    'call-ref': callReference,
    'call-ref-catch': (reference: (() => unknown) | null) => (session.swallow(() => callReference(reference)) ? 0 : 1),
    sleep: (_: number, value: number) => value,
  };
}

function globalFor(type: ValueType, mutable: boolean): unknown {
  if (typeof type !== 'string') {
    if (!mutable) return type.heap === 'extern' ? 'an extern' : null;
    return new WebAssembly.Global({ value: type.heap === 'extern' ? 'externref' : 'anyfunc', mutable }, null);
  }
  return new WebAssembly.Global({ value: type, mutable } as WebAssembly.GlobalDescriptor<'i32'>);
}

function tagFor(name: string): WebAssembly.Tag {
  if (name === 'jstag') return (WebAssembly as unknown as { JSTag: WebAssembly.Tag }).JSTag;
  return new WebAssembly.Tag({ parameters: ['i32'] });
}
