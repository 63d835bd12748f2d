/**
 * Compile and instantiation bombs: small modules that cost V8 far more time or memory than their size suggests.
 * Each generator takes its size, so that the same shape serves as a bomb and, at the structural limit, as the worst
 * module that may pass.
 */
import {
  body,
  concat,
  EMPTY_BLOCK,
  END,
  exportItem,
  F64,
  FUNCREF,
  functionType,
  I32,
  I64,
  joined,
  manyFunctions,
  oneFunction,
  repeat,
  SECTION,
  s32,
  section,
  u32,
  vec,
  vecOf,
  wasm,
} from './wasm-bytes.ts';

const BLOCK = 0x02;
const LOOP = 0x03;
const TRY_TABLE = 0x1f;
const IF = 0x04;
const BR_IF = 0x0d;
const BR_TABLE = 0x0e;
const CALL = 0x10;
const DROP = 0x1a;
const GET = 0x20;
const SET = 0x21;
const CONST = 0x41;
const ADD = 0x6a;

const emptyLoop = [LOOP, EMPTY_BLOCK, END];
const emptyIf = [CONST, 0, IF, EMPTY_BLOCK, END];

const declared = (count: number, type = I32): [number, number][] => (count === 0 ? [] : [[count, type]]);

/** Several tables of the same minimum. */
export const tables = (count: number, entries: number): Uint8Array<ArrayBuffer> =>
  wasm(section(SECTION.table, vecOf(concat([FUNCREF, 0], u32(entries)), count)));

export const localsAndLoops = (locals: number, loops: number, functions = 1): Uint8Array<ArrayBuffer> =>
  manyFunctions(body(declared(locals), repeat(emptyLoop, loops)), functions);

export const localsAndIfs = (locals: number, ifs: number): Uint8Array<ArrayBuffer> =>
  oneFunction(body(declared(locals), repeat(emptyIf, ifs)));

/** Conditional branches out of one block: each is an edge along which every local is merged. */
export const localsAndBranches = (locals: number, branches: number): Uint8Array<ArrayBuffer> =>
  oneFunction(body(declared(locals), [BLOCK, EMPTY_BLOCK], repeat([GET, 0, BR_IF, 0], branches), [END]));

/**
 * The label expects every local in its stack slot (a loop spilled them before its first branch); the branches come from
 * a place where every local is still a constant, so each of them has to store all of them.
 */
export const localsAndSpillingBranches = (locals: number, branches: number): Uint8Array<ArrayBuffer> =>
  oneFunction(
    body(
      declared(locals),
      [BLOCK, EMPTY_BLOCK, GET, 0, IF, EMPTY_BLOCK, LOOP, EMPTY_BLOCK, GET, 0, BR_IF, 2, END, 0x05],
      repeat([GET, 0, BR_IF, 1], branches),
      [END, END],
    ),
  );

/** Half of the branches see one set of values and half another: each local needs a phi with an input for each branch. */
export const localsAndPhis = (locals: number, branches: number): Uint8Array<ArrayBuffer> => {
  const set: Uint8Array[] = [];
  for (let i = 1; i < locals; i++) set.push(concat([GET, 0, SET], u32(i)));
  const use: Uint8Array[] = [];
  for (let i = 1; i < locals; i++) use.push(concat([GET], u32(i), [ADD]));
  const half = repeat([GET, 0, BR_IF, 0], Math.floor(branches / 2));
  return oneFunction(
    body(
      declared(locals),
      [GET, 0, DROP],
      [BLOCK, EMPTY_BLOCK],
      half,
      [CONST, 7, SET, 0],
      joined(set),
      half,
      [END, GET, 0],
      joined(use),
      [DROP],
    ),
  );
};

/** Calls while many locals are alive: V8 looks at each local at each call. */
export const localsAndCalls = (locals: number, calls: number): Uint8Array<ArrayBuffer> =>
  wasm(
    section(SECTION.type, vec([functionType([])])),
    section(SECTION.function, vec([[0], [0]])),
    section(SECTION.export, vec([exportItem('run', 0, 0)])),
    section(SECTION.code, vec([body(declared(locals), repeat([CALL, 1], calls)), body([])])),
  );

/** Calls inside a try_table: each is an edge to its handler, all locals alive. */
export const localsAndThrowingCalls = (locals: number, calls: number): Uint8Array<ArrayBuffer> =>
  wasm(
    section(SECTION.type, vec([functionType([])])),
    section(SECTION.function, vec([[0], [0]])),
    section(SECTION.export, vec([exportItem('run', 0, 0)])),
    section(
      SECTION.code,
      vec([
        body(
          declared(locals),
          [BLOCK, EMPTY_BLOCK, TRY_TABLE, EMPTY_BLOCK, 1, 2, 0],
          repeat(calls > 0 ? [GET, 0, CONST, 1, ADD, SET, 0, CALL, 1] : [], calls),
          [END, END],
        ),
        body([]),
      ]),
    ),
  );

export const legacyTries = (locals: number, tries: number): Uint8Array<ArrayBuffer> =>
  oneFunction(body(declared(locals), repeat([0x06, EMPTY_BLOCK, 0x19, END], tries)));

/** try_tables with `clauses` catch clauses each. */
export const catchClauses = (clauses: number, tries: number): Uint8Array<ArrayBuffer> =>
  oneFunction(body([], repeat(concat([TRY_TABLE, EMPTY_BLOCK], u32(clauses), repeat([2, 0], clauses), [END]), tries)));

/** Loops nested `depth` deep around a long body: V8 scans the body of each loop for the locals that it assigns. */
export const nestedLoops = (depth: number, operations: number): Uint8Array<ArrayBuffer> =>
  oneFunction(
    body(
      [[2, I32]],
      repeat([LOOP, EMPTY_BLOCK], depth),
      repeat([GET, 0, CONST, 1, ADD, SET, 0], operations),
      repeat([END], depth),
    ),
  );

/** One br_table with `targets` labels out of one block, all locals alive. */
export const localsAndBrTable = (locals: number, targets: number): Uint8Array<ArrayBuffer> =>
  oneFunction(
    body(declared(locals), [BLOCK, EMPTY_BLOCK, CONST, 0, BR_TABLE], u32(targets), repeat([0], targets + 1), [END]),
  );

/** Operand stack in the place of locals: `height` values stay on the stack while blocks open and close above them. */
export const stackAndLoops = (height: number, loops: number): Uint8Array<ArrayBuffer> =>
  oneFunction(body([], repeat([CONST, 0], height), repeat(emptyLoop, loops), repeat([DROP], height)));

export const stackAndIfs = (height: number, ifs: number): Uint8Array<ArrayBuffer> =>
  oneFunction(body([], repeat([CONST, 0], height), repeat(emptyIf, ifs), repeat([DROP], height)));

/** Values that are not constants: the compiler has to keep each of them somewhere. */
export const liveStackAndLoops = (height: number, loops: number): Uint8Array<ArrayBuffer> =>
  oneFunction(
    body([[1, I32]], repeat([GET, 0, CONST, 1, ADD], height), repeat(emptyLoop, loops), repeat([DROP], height)),
  );

/** `height` loaded values, all alive until the last is loaded: hard for a register allocator. */
export const manyLiveValues = (height: number): Uint8Array<ArrayBuffer> =>
  oneFunction(body([[1, I32]], repeat([GET, 0, 0x28, 2, 0], height), repeat([ADD], height - 1), [DROP]), [
    section(SECTION.memory, vec([[0, 1]])),
  ]);

/** The same around a loop, whose header needs each value in a place of its own. */
export const manyLiveValuesAroundLoops = (height: number, loops: number): Uint8Array<ArrayBuffer> =>
  oneFunction(
    body(
      [[1, I32]],
      repeat([GET, 0, 0x28, 2, 0], height),
      repeat([LOOP, EMPTY_BLOCK, GET, 0, BR_IF, 0, END], loops),
      repeat([ADD], height - 1),
      [DROP],
    ),
    [section(SECTION.memory, vec([[0, 1]]))],
  );

/** Blocks that take and give back many values. */
export const wideBlocks = (values: number, blocks: number): Uint8Array<ArrayBuffer> => {
  const wide = new Array<number>(values).fill(I32);
  return wasm(
    section(SECTION.type, vec([functionType([]), functionType(wide, wide)])),
    section(SECTION.function, vec([[0]])),
    section(SECTION.export, vec([exportItem('run', 0, 0)])),
    section(
      SECTION.code,
      vec([
        body([], repeat([CONST, 0], values), repeat([BLOCK, 1, END, LOOP, 1, END], blocks), repeat([DROP], values)),
      ]),
    ),
  );
};

export const eachLocalUsed = (locals: number): Uint8Array<ArrayBuffer> => {
  const uses: Uint8Array[] = [];
  for (let i = 0; i < locals; i++) uses.push(concat([CONST, 1, SET], u32(i), [GET], u32(i), [DROP]));
  return oneFunction(body(declared(locals), joined(uses)));
};

export const sequentialIfs = (ifs: number, functions = 1): Uint8Array<ArrayBuffer> =>
  manyFunctions(body([], repeat([CONST, 0, IF, EMPTY_BLOCK, CONST, 0, DROP, END], ifs)), functions);

export const nestedBlocks = (depth: number): Uint8Array<ArrayBuffer> =>
  oneFunction(body([], repeat([BLOCK, EMPTY_BLOCK], depth), repeat([END], depth)));

/** Blocks nested `depth` deep, again and again. */
export const nestedTrees = (depth: number, trees: number): Uint8Array<ArrayBuffer> =>
  oneFunction(body([], repeat(concat(repeat([BLOCK, EMPTY_BLOCK], depth), repeat([END], depth)), trees)));

export const straightLine = (operations: number, functions = 1): Uint8Array<ArrayBuffer> =>
  manyFunctions(body([[2, I32]], repeat([GET, 0, GET, 1, ADD, SET, 0], operations)), functions);

/** 64-bit divisions: many machine instructions for each byte of code. */
export const divisions = (operations: number, functions = 1): Uint8Array<ArrayBuffer> =>
  manyFunctions(body([[2, I64]], repeat([GET, 0, GET, 1, 0x7f, SET, 0], operations)), functions);

/** The same instructions again and again, with two locals of each number type (i32 at 0 and 1, i64 at 2 and 3, f64 at 4 and 5). */
export const repeated = (unit: readonly number[], times: number, functions = 1): Uint8Array<ArrayBuffer> =>
  wasm(
    section(SECTION.type, vec([functionType([]), functionType([I32], [I32])])),
    section(SECTION.function, vecOf([0], functions)),
    section(SECTION.table, vec([[FUNCREF, 0, 1]])),
    section(SECTION.memory, vec([[0, 1]])),
    section(SECTION.global, vec([[I32, 1, CONST, 0, END]])),
    section(SECTION.export, vec([exportItem('run', 0, 0)])),
    section(
      SECTION.code,
      vecOf(
        body(
          [
            [2, I32],
            [2, I64],
            [2, F64],
          ],
          repeat(unit, times),
        ),
        functions,
      ),
    ),
  );

/** Calls with `params` arguments each. */
export const wideCalls = (params: number, calls: number): Uint8Array<ArrayBuffer> =>
  wasm(
    section(SECTION.type, vec([functionType([]), functionType(new Array<number>(params).fill(I32))])),
    section(SECTION.function, vec([[0], [1]])),
    section(SECTION.export, vec([exportItem('run', 0, 0)])),
    section(SECTION.code, vec([body([], repeat(concat(repeat([CONST, 0], params), [CALL, 1]), calls)), body([])])),
  );

export const emptyFunctions = (count: number, locals = 0): Uint8Array<ArrayBuffer> =>
  manyFunctions(body(declared(locals)), count);

/** Functions whose type has many parameters: each parameter is a local. */
export const wideFunctions = (count: number, params: number): Uint8Array<ArrayBuffer> =>
  wasm(
    section(SECTION.type, vec([functionType(new Array<number>(params).fill(I32))])),
    section(SECTION.function, vecOf([0], count)),
    section(SECTION.code, vecOf(body([]), count)),
  );

/** Types that all differ: V8 keeps each for as long as the process lives. `salt` makes those of one module differ from another's. */
export const distinctTypes = (count: number, salt = 0): Uint8Array<ArrayBuffer> => {
  const parts: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const params: number[] = [];
    for (let rest = salt * count + i + 1; rest > 0; rest = Math.floor(rest / 4)) params.push(I32 - (rest % 4));
    parts.push(functionType(params));
  }
  return wasm(section(SECTION.type, vec(parts)));
};

export const globals = (count: number): Uint8Array<ArrayBuffer> =>
  wasm(section(SECTION.global, vecOf([I32, 0, CONST, 0, END], count)));

export const exports = (count: number): Uint8Array<ArrayBuffer> =>
  wasm(
    section(SECTION.type, vec([functionType([])])),
    section(SECTION.function, vec([[0]])),
    section(SECTION.export, vec(Array.from({ length: count }, (_, i) => exportItem(`f${i}`, 0, 0)))),
    section(SECTION.code, vec([body([])])),
  );

export const brTables = (targets: number, functions: number): Uint8Array<ArrayBuffer> =>
  manyFunctions(
    body([], [BLOCK, EMPTY_BLOCK, CONST, 0, BR_TABLE], u32(targets), repeat([0], targets + 1), [END]),
    functions,
  );

/** A br_table whose every label is another block. */
export const fannedBrTable = (labels: number, targets: number): Uint8Array<ArrayBuffer> => {
  const list: Uint8Array[] = [];
  for (let i = 0; i <= targets; i++) list.push(u32(i % labels));
  return oneFunction(
    body(
      [[1, I32]],
      repeat([BLOCK, EMPTY_BLOCK], labels),
      [GET, 0, BR_TABLE],
      u32(targets),
      joined(list),
      repeat([END], labels),
    ),
  );
};

/** Active element segments that write the same entries again and again. */
export const elementSegments = (segments: number, items: number): Uint8Array<ArrayBuffer> =>
  wasm(
    section(SECTION.type, vec([functionType([])])),
    section(SECTION.function, vec([[0]])),
    section(SECTION.table, vec([concat([FUNCREF, 0], u32(items))])),
    section(SECTION.element, vecOf(concat([0, CONST, 0, END], vecOf([0], items)), segments)),
    section(SECTION.code, vec([body([])])),
  );

/** Active data segments of `size` bytes at the same place. */
export const dataSegments = (segments: number, size: number): Uint8Array<ArrayBuffer> =>
  wasm(
    section(SECTION.memory, vec([[0, ...u32(Math.ceil(size / 65_536) + 1)]])),
    section(SECTION.data, vecOf(concat([0, CONST, 0, END], u32(size), new Uint8Array(size)), segments)),
  );

export const memory = (pages: number): Uint8Array<ArrayBuffer> =>
  wasm(section(SECTION.memory, vec([concat([0], u32(pages))])));

/** Instantiating it never ends. */
export const loopingStart = (): Uint8Array<ArrayBuffer> =>
  wasm(
    section(SECTION.type, vec([functionType([])])),
    section(SECTION.function, vec([[0]])),
    section(SECTION.start, [0]),
    section(SECTION.code, vec([body([], [LOOP, EMPTY_BLOCK, 0x0c, 0, END])])),
  );

/** Grows its table at run time, in the start function. */
export const growingTable = (entries: number): Uint8Array<ArrayBuffer> =>
  oneFunction(body([], [0xd0, FUNCREF, CONST], s32(entries), [0xfc, 15, 0, DROP]), [
    section(SECTION.table, vec([[FUNCREF, 0, 0]])),
  ]);
