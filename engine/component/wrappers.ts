/** Guest ABI v1 over the exports of a component: what the host calls, and the functions of the component behind it. */
import { WORLD_EXPORTS, type WorldExport, type WorldExportName } from '../abi/component-world.ts';
import { ABI_EXPORTS, ABI_MARKER, type AbiExport, DISPATCH_EXPORT, FUNCTION_TYPE } from '../abi/exports.ts';
import type { Assembler } from './assembler.ts';
import { type AddedFunction, added } from './functions.ts';

/** Core functions behind one export. */
export interface LiftedFunction {
  readonly index: number;
  /** Frees what a result holds. */
  readonly postReturn: number | undefined;
}

export interface WrapperParts {
  readonly lifted: ReadonlyMap<WorldExportName, LiftedFunction>;
  /** The guest's allocator: (0, 0, alignment, size) -> pointer. */
  readonly realloc: number;
  readonly errorSet: number;
  readonly functionName: number;
  /** Globals, i32 each: the text that the host is reading, where its result stands, and whose it is. */
  readonly pending: { readonly pointer: number; readonly result: number; readonly owner: number };
}

const FAILED_STATUS = 1;

/** By the name of the export. */
export function abiWrappers(parts: WrapperParts): ReadonlyMap<string, AddedFunction> {
  const wrappers = new Map<string, AddedFunction>();
  wrappers.set(
    ABI_MARKER,
    added(ABI_MARKER, ABI_EXPORTS[ABI_MARKER], [], () => {}),
  );
  wrappers.set(
    'malloc',
    added('malloc', ABI_EXPORTS.malloc, [], (code) => code.i32(0).i32(0).i32(1).get(0).call(parts.realloc)),
  );
  wrappers.set('free', freeWrapper(parts));
  const names = Object.keys(WORLD_EXPORTS) as WorldExportName[];
  names.forEach((name, owner) => {
    const row: WorldExport = WORLD_EXPORTS[name];
    const type: AbiExport = row.abi === DISPATCH_EXPORT ? FUNCTION_TYPE : abiType(row.abi);
    const lifted = parts.lifted.get(name);
    if (lifted !== undefined) {
      const wrapper = type.results[0] === 'i64' ? packedWrapper : statusWrapper;
      wrappers.set(row.abi, wrapper(row, type, lifted, owner, parts));
    } else if (type.required) {
      // What a component has nothing to do in, it leaves out.
      wrappers.set(
        row.abi,
        added(row.abi, type, [], (code) => code.i32(0)),
      );
    }
  });
  return wrappers;
}

const abiType = (name: string): AbiExport => ABI_EXPORTS[name as keyof typeof ABI_EXPORTS];

/** Calls the component's function with what the host gave. Leaves the address of the result in local `result`. */
function callLifted(
  code: Assembler,
  row: WorldExport,
  type: AbiExport,
  { index }: LiftedFunction,
  { functionName }: WrapperParts,
  result: number,
): void {
  if (row.abi === DISPATCH_EXPORT) {
    // One function serves all names: the host says which is meant.
    const packed = result + 1;
    code.call(functionName).tee(packed).i64(32).plain('i64.shr_u').plain('i32.wrap_i64');
    code.get(packed).plain('i32.wrap_i64');
  }
  for (let i = 0; i < type.params.length; i++) code.get(i);
  code.call(index).tee(result).access('i32.load8_u');
}

function giveError(code: Assembler, errorSet: number, result: number): void {
  code.get(result).access('i32.load', 4).get(result).access('i32.load', 8).call(errorSet);
}

function finish(code: Assembler, { postReturn }: LiftedFunction, result: number): void {
  if (postReturn !== undefined) code.get(result).call(postReturn);
}

function statusWrapper(
  row: WorldExport,
  type: AbiExport,
  lifted: LiftedFunction,
  _owner: number,
  parts: WrapperParts,
): AddedFunction {
  const result = type.params.length;
  return added(row.abi, type, ['i32', 'i64'], (code) => {
    callLifted(code, row, type, lifted, parts, result);
    code.if();
    giveError(code, parts.errorSet, result);
    finish(code, lifted, result);
    code.i32(FAILED_STATUS).return().end();
    finish(code, lifted, result);
    code.i32(0);
  });
}

function packedWrapper(
  row: WorldExport,
  type: AbiExport,
  lifted: LiftedFunction,
  owner: number,
  parts: WrapperParts,
): AddedFunction {
  const result = type.params.length;
  const { pending, errorSet } = parts;
  return added(row.abi, type, ['i32', 'i64'], (code) => {
    callLifted(code, row, type, lifted, parts, result);
    code.if();
    giveError(code, errorSet, result);
    finish(code, lifted, result);
    code.i64(-1).return().end();
    // Of no text the host gives nothing back.
    code.get(result).access('i32.load', 4).plain('i32.eqz');
    code.get(result).access('i32.load', 8).plain('i32.eqz').plain('i32.or').if();
    finish(code, lifted, result);
    code.i64(0).return().end();
    code.get(result).access('i32.load', 4).setGlobal(pending.pointer);
    code.get(result).setGlobal(pending.result).i32(owner).setGlobal(pending.owner);
    code.get(result).access('i32.load', 4).plain('i64.extend_i32_u').i64(32).plain('i64.shl');
    code.get(result).access('i32.load', 8).plain('i64.extend_i32_u').plain('i64.or');
  });
}

/**
 * What the host frees is either the text that a call returned, for which the component has a function of its own, or an argument,
 * which belongs to the component since the call.
 */
function freeWrapper({ lifted, pending }: WrapperParts): AddedFunction {
  const names = Object.keys(WORLD_EXPORTS) as WorldExportName[];
  return added('free', ABI_EXPORTS.free, [], (code) => {
    code.get(0).plain('i32.eqz').if().return().end();
    code.get(0).getGlobal(pending.pointer).plain('i32.eq').plain('i32.eqz').if().return().end();
    code.i32(0).setGlobal(pending.pointer);
    for (const [name, { postReturn }] of lifted) {
      if (postReturn === undefined) continue;
      code.getGlobal(pending.owner).i32(names.indexOf(name)).plain('i32.eq').if();
      code.getGlobal(pending.result).call(postReturn).return().end();
    }
  });
}
