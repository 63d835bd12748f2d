/**
 * The structural limits that need more than one section, or the code: what a small module can make V8 spend on compiling
 * and instantiating it. The limits on single counts are checked while decoding.
 */
import { RingfenceError } from '../errors.ts';
import { LIMITS, STRUCTURE, type StructureLimits } from '../limits.ts';
import { CodeBuffer, scanCode } from '../wasm/code.ts';
import type { Module } from '../wasm/module.ts';
import { hex, overLimit } from '../wasm/reader.ts';
import { Arities, compileWork } from './compile-work.ts';

/**
 * Linear in the size of the module. To be asked before V8 is: V8 spends some of what is bounded here on validating.
 * @throws LIMIT_EXCEEDED naming the limit, what came, what is allowed, the function and the offset
 */
export function checkStructure(module: Module, limits: StructureLimits = STRUCTURE): void {
  checkTables(module);
  checkCode(module, limits);
}

/** V8 allocates every entry of every table when it instantiates, and aborts the process when it cannot. */
function checkTables({ imports, tables }: Module): void {
  const allowed = LIMITS.tableEntries.max;
  let entries = 0;
  const all = [
    ...imports.flatMap(({ type, offset }) => (type.kind === 'table' ? [{ limits: type.table.limits, offset }] : [])),
    ...tables,
  ];
  all.forEach(({ limits, offset }, tableIndex) => {
    entries += limits.min;
    if (entries > allowed) {
      throw overLimit(
        `table ${tableIndex}: ${entries} entries of all tables`,
        'tableEntries',
        entries,
        allowed,
        offset,
      );
    }
  });
}

const code = new CodeBuffer();

function checkCode(module: Module, limits: StructureLimits): void {
  const { bytes, bodies, imported } = module;
  const arities = new Arities(module);
  let locals = 0;
  let total = 0;
  bodies.forEach(({ localCount, code: span }, i) => {
    const funcIndex = imported.func + i;
    const check = (limit: keyof StructureLimits, used: number, what: string): void => {
      if (used > limits[limit]) throw tooMuchCode(funcIndex, what, limit, used, limits[limit], span.start);
    };
    // A parameter is a local too, and a type with many costs its functions nothing in bytes.
    const slots = localCount + (arities.typeParams[arities.functionTypes[funcIndex] ?? -1] ?? 0);
    locals += slots;
    check('totalLocals', locals, 'parameters and locals in all functions up to this one');
    scanCode(bytes, span.start, span.end, code, `function ${funcIndex}`, limits);
    const { work, loops, loopBytes } = compileWork(code, slots, arities, bytes);
    total += work;
    check(
      'compileWork',
      work,
      `units of work for the compiler (${code.count} instructions, ${code.blocks} blocks, ${slots} locals)`,
    );
    check('functionLoops', loops, 'loops');
    check('loopBytes', loopBytes, 'bytes of loops, each with all that is inside it');
    check('totalCompileWork', total, 'units of work for the compiler in all functions up to this one');
  });
}

function tooMuchCode(
  funcIndex: number,
  what: string,
  limit: string,
  used: number,
  allowed: number,
  offset: number,
): RingfenceError {
  return new RingfenceError(
    'LIMIT_EXCEEDED',
    `function ${funcIndex}: ${used} ${what}: at most ${allowed} are allowed. ` +
      `Compile with optimisation, or split what is large (at offset ${hex(offset)})`,
    { stage: 'validate', details: { limit, used, allowed, offset, funcIndex } },
  );
}
