/** The bombs by name, with what each has to end in; and the same shapes at the largest size that still passes. */
import type { ErrorCode } from '../../../engine/errors.ts';
import * as bombs from './bombs.ts';

export interface Bomb {
  readonly name: string;
  readonly build: () => Uint8Array<ArrayBuffer>;
  /** The code it is refused with. */
  readonly code: ErrorCode;
  /** The limit that stops it. */
  readonly limit: string;
}

const refused = (
  name: string,
  limit: string,
  build: () => Uint8Array<ArrayBuffer>,
  code: ErrorCode = 'LIMIT_EXCEEDED',
): Bomb => ({
  name,
  build,
  code,
  limit,
});

/** What they do to V8 without the limits stands in docs/RATIONALE.md, "Why these structural limits?". */
export const BOMBS: readonly Bomb[] = [
  refused('one table of ten million entries', 'tableEntries', () => bombs.tables(1, 10_000_000)),
  refused('one hundred tables of ten million entries', 'tables', () => bombs.tables(100, 10_000_000)),
  refused('twenty tables of a million entries', 'tables', () => bombs.tables(20, 1_000_000)),
  refused('eight tables of a million entries', 'tableEntries', () => bombs.tables(8, 1_000_000)),
  refused('50,000 locals, 2,000 loops', 'functionLocals', () => bombs.localsAndLoops(50_000, 2_000)),
  refused('twenty functions of 10,000 locals, 2,000 loops', 'compileWork', () =>
    bombs.localsAndLoops(10_000, 2_000, 20),
  ),
  refused('10,000 locals, 10,000 ifs', 'compileWork', () => bombs.localsAndIfs(10_000, 10_000)),
  refused('10,000 locals, 4,000 branches with phis', 'compileWork', () => bombs.localsAndPhis(10_000, 4_000)),
  refused('10,000 locals, 10,000 branches', 'compileWork', () => bombs.localsAndBranches(10_000, 10_000)),
  refused('10,000 locals, a branch table of 20,000 labels', 'compileWork', () =>
    bombs.localsAndBrTable(10_000, 20_000),
  ),
  refused('10,000 locals, 500,000 calls', 'compileWork', () => bombs.localsAndCalls(10_000, 500_000)),
  refused('10,000 locals, 10,000 calls in a try', 'compileWork', () => bombs.localsAndThrowingCalls(10_000, 100_000)),
  refused('10,000 locals, 4,000 legacy tries', 'compileWork', () => bombs.legacyTries(10_000, 4_000)),
  refused('10,000 operands, 10,000 ifs', 'compileWork', () => bombs.stackAndIfs(10_000, 10_000)),
  refused('10,000 operands, 4,000 loops', 'compileWork', () => bombs.stackAndLoops(10_000, 4_000)),
  refused('40,000 blocks of 100 parameters and results', 'functionResults', () => bombs.wideBlocks(100, 40_000)),
  refused('40,000 blocks of 32 parameters and results', 'compileWork', () => bombs.wideBlocks(32, 40_000)),
  refused('50,000 locals in each of 20,000 empty functions', 'functionLocals', () =>
    bombs.emptyFunctions(20_000, 50_000),
  ),
  refused('10,000 locals in each of 20,000 empty functions', 'totalLocals', () => bombs.emptyFunctions(20_000, 10_000)),
  refused('50,000 locals, each used', 'functionLocals', () => bombs.eachLocalUsed(50_000)),
  refused('500,000 ifs one after the other', 'functionBytes', () => bombs.sequentialIfs(500_000)),
  refused('a million nested blocks', 'functionBytes', () => bombs.nestedBlocks(1_000_000)),
  refused('300,000 nested blocks', 'blockDepth', () => bombs.nestedBlocks(300_000)),
  refused('40,000 loops one after the other', 'functionLoops', () => bombs.localsAndLoops(0, 40_000)),
  refused('1,000 nested loops around 700 KB', 'loopBytes', () => bombs.nestedLoops(1_000, 100_000)),
  refused('a function of 7 MB', 'functionBytes', () => bombs.straightLine(1_000_000)),
  refused('340,000 saturating conversions in a megabyte', 'compileWork', () =>
    bombs.repeated([0x20, 4, 0xfc, 3, 0xb7, 0x21, 4], 140_000),
  ),
  refused('110,000 indirect calls in a megabyte', 'compileWork', () =>
    bombs.repeated([0x20, 0, 0x20, 0, 0x11, 1, 0, 0x21, 0], 110_000),
  ),
  refused('500,000 calls in a megabyte', 'compileWork', () => bombs.localsAndCalls(0, 500_000)),
  refused('a million functions', 'functions', () => bombs.emptyFunctions(1_000_000)),
  refused('300,000 types', 'types', () => bombs.distinctTypes(300_000)),
  refused('a million globals', 'globals', () => bombs.globals(1_000_000)),
  refused('100,000 exports', 'exports', () => bombs.exports(100_000)),
  refused('branch tables of 65,520 labels in 100 functions', 'totalCompileWork', () => bombs.brTables(65_520, 100)),
  refused('10,000 functions of 1,000 parameters', 'functionParams', () => bombs.wideFunctions(10_000, 1_000)),
  refused('50,000 functions of 100 parameters', 'totalLocals', () => bombs.wideFunctions(50_000, 100)),
  refused('100,000 element segments of 50 items', 'elementSegments', () => bombs.elementSegments(100_000, 50)),
  refused('an element segment of 9 million items', 'elementItems', () => bombs.elementSegments(1, 9_000_000)),
  refused('5,000 element segments that fill the same 1,000 entries', 'elementItems', () =>
    bombs.elementSegments(5_000, 1_000),
  ),
  refused('200,000 data segments', 'dataSegments', () => bombs.dataSegments(200_000, 1)),
  refused('a memory of 4 GiB', 'memory', () => bombs.memory(65_536), 'MEMORY_LIMIT'),
];

/** A shape that passes up to some size. */
export interface Edge {
  readonly name: string;
  readonly build: (size: number) => Uint8Array<ArrayBuffer>;
  /** No need to look for larger ones. */
  readonly most: number;
  /** Among the dearest: measured in every run of the suite. */
  readonly dear: boolean;
}

type Build = Edge['build'];
const dear = (name: string, most: number, build: Build): Edge => ({ name, most, build, dear: true });
const cheap = (name: string, most: number, build: Build): Edge => ({ name, most, build, dear: false });

export const EDGES: readonly Edge[] = [
  cheap('9,900 locals, loops', 4_000, (n) => bombs.localsAndLoops(9_900, n)),
  dear('9,900 locals, loops, all functions', 100, (n) => bombs.localsAndLoops(9_900, 250, n)),
  cheap('100 locals, ifs', 200_000, (n) => bombs.localsAndIfs(100, n)),
  dear('9,000 locals, phis', 4_000, (n) => bombs.localsAndPhis(9_000, n)),
  dear('400 locals, phis', 200_000, (n) => bombs.localsAndPhis(400, n)),
  cheap('300 locals, calls', 500_000, (n) => bombs.localsAndCalls(300, n)),
  dear('300 locals, calls in a try', 100_000, (n) => bombs.localsAndThrowingCalls(300, n)),
  cheap('300 locals, legacy tries', 100_000, (n) => bombs.legacyTries(300, n)),
  dear('1,000 operands, ifs', 100_000, (n) => bombs.stackAndIfs(1_000, n)),
  cheap('100,000 operands, loops', 4_000, (n) => bombs.stackAndLoops(100_000, n)),
  cheap('blocks of 32 values', 200_000, (n) => bombs.wideBlocks(32, n)),
  dear('ifs', 200_000, (n) => bombs.sequentialIfs(n)),
  cheap('functions of 10,000 ifs', 200, (n) => bombs.sequentialIfs(10_000, n)),
  dear('loops', 200_000, (n) => bombs.localsAndLoops(0, n)),
  cheap('nested loops', 10_000, (n) => bombs.nestedLoops(n, 100_000)),
  cheap('nested blocks', 100_000, (n) => bombs.nestedBlocks(n)),
  cheap('straight-line functions of 1 MB', 10, (n) => bombs.straightLine(149_000, n)),
  cheap('divisions in functions of 1 MB', 10, (n) => bombs.divisions(149_000, n)),
  dear('saturating conversions', 200_000, (n) => bombs.repeated([0x20, 4, 0xfc, 3, 0xb7, 0x21, 4], n)),
  dear('indirect calls', 200_000, (n) => bombs.repeated([0x20, 0, 0x20, 0, 0x11, 1, 0, 0x21, 0], n)),
  dear('table.set', 200_000, (n) => bombs.repeated([0x20, 0, 0xd0, 0x70, 0x26, 0], n)),
  cheap('calls of 100 parameters', 10_000, (n) => bombs.wideCalls(100, n)),
  cheap('empty functions of 19 locals', 50_000, (n) => bombs.emptyFunctions(n, 19)),
  cheap('functions of 100 parameters', 50_000, (n) => bombs.wideFunctions(n, 100)),
  cheap('one branch table', 100_000, (n) => bombs.brTables(n, 1)),
  cheap('catch clauses', 60, (n) => bombs.catchClauses(5_000, n)),
  dear('element items', 1_000_000, (n) => bombs.elementSegments(1, n)),
  cheap('element segments', 10_000, (n) => bombs.elementSegments(n, 100)),
  cheap('data segments', 100_000, (n) => bombs.dataSegments(n, 1)),
  dear('one table', 1_000_000, (n) => bombs.tables(1, n)),
  cheap('exports', 10_000, (n) => bombs.exports(n)),
  dear('a start function that loops for ever', 1, bombs.loopingStart),
  dear('a table that grows by ten million', 1, () => bombs.growingTable(10_000_000)),
];

/** The largest size that `accepts` takes, given that it takes all smaller ones. */
export function largest(most: number, accepts: (size: number) => boolean): number {
  let low = 0;
  let high = most;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (accepts(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
