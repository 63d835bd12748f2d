/**
 * What the meter adds with `exportState`: the means to save the state of an instance, to go back to it, and to carry it over to
 * another instance. Linear memory is exported anyway; this is about everything else that code can change.
 *
 * - Going back happens inside the instance: each mutable global, and each table that code changes, has a shadow, and
 *   `save` and `restore` copy between them. So references of every kind come back as they were.
 * - Carrying over goes through the host: `get` and `set` give the mutable globals as bits, 64 at a time. References
 *   cannot leave their instance; a module that keeps any says so in its report.
 * - Segments that are dropped cannot come back, and tables cannot shrink: there `restore` answers that it could not.
 */
import type { Export, Global, Module, Table } from '../wasm/module.ts';
import { opcode } from '../wasm/opcodes.ts';
import { type Assembler, OP } from './assembler.ts';
import type { ModuleFacts } from './module-facts.ts';
import { type HiddenState, STATE_OPERATIONS, type StateReport } from './report.ts';
import { type SupportFunctions, writeOperation } from './support-functions.ts';

/** 64 bits of a mutable global: a vector has two such parts. */
interface Part {
  readonly global: number;
  readonly type: 'i32' | 'i64' | 'f32' | 'f64' | 'v128';
  readonly lane: 0 | 1;
}

interface Shadow {
  readonly of: number;
  readonly index: number;
}

const TABLE_SIZE = opcode('table.size');
const TABLE_GROW = opcode('table.grow');
const TABLE_GET = opcode('table.get');
const TABLE_COPY = opcode('table.copy');
const EXTRACT_LANE = opcode('i64x2.extract_lane');
const REPLACE_LANE = opcode('i64x2.replace_lane');

export class StateSupport {
  /** Index of the global that is 1 when a segment has been dropped since the last `save`. */
  readonly dropped: number;
  readonly #parts: Part[] = [];
  readonly #globals: Shadow[] = [];
  readonly #tables: Shadow[] = [];
  /** Tables, those of the module and their shadows. */
  readonly #tableCount: number;
  readonly #keepsReferences: boolean;
  readonly #facts: Pick<ModuleFacts, 'changedTables' | 'dropsSegments'>;
  readonly #importsState: boolean;

  /** @param firstGlobal index of the first global that is ours to add here */
  constructor(module: Module, facts: Pick<ModuleFacts, 'changedTables' | 'dropsSegments'>, firstGlobal: number) {
    this.#facts = facts;
    this.dropped = firstGlobal;
    let keepsReferences = false;
    module.globals.forEach(({ type, mutable }, i) => {
      if (!mutable) return;
      const global = module.imported.global + i;
      this.#globals.push({ of: global, index: firstGlobal + 1 + this.#globals.length });
      if (typeof type !== 'string') keepsReferences = true;
      else
        for (const lane of type === 'v128' ? ([0, 1] as const) : ([0] as const))
          this.#parts.push({ global, type, lane });
    });
    this.#keepsReferences = keepsReferences;
    const firstTable = module.imported.table + module.tables.length;
    for (const of of facts.changedTables) {
      if (of >= module.imported.table) this.#tables.push({ of, index: firstTable + this.#tables.length });
    }
    this.#tableCount = firstTable + this.#tables.length;
    this.#importsState = module.imports.some(
      ({ type }) => type.kind === 'table' || type.kind === 'memory' || (type.kind === 'global' && type.global.mutable),
    );
  }

  get report(): StateReport {
    const staysBehind = [
      ...(this.#keepsReferences ? ['references in mutable globals'] : []),
      ...(this.#facts.changedTables.size > 0 ? ['tables that it changes'] : []),
      ...(this.#facts.dropsSegments ? ['segments that it drops'] : []),
      ...(this.#importsState ? ['imported state'] : []),
    ];
    return Object.freeze({ parts: this.#parts.length, staysBehind: Object.freeze(staysBehind) });
  }

  /**
   * The globals to add.
   * @param own those of the module, as they are written
   * @param zero an expression of type i32
   */
  globals(module: Module, own: readonly Global[], zero: Global['init']): Global[] {
    return [
      { type: 'i32', mutable: true, init: zero, offset: 0 },
      ...this.#globals.map(({ of }) => own[of - module.imported.global] as Global),
    ];
  }

  /** The tables to add. @param own those of the module, as they are written */
  tables(module: Module, own: readonly Table[]): Table[] {
    return this.#tables.map(({ of }) => own[of - module.imported.table] as Table);
  }

  /** @param names of the functions; one name: of the function that does what they do */
  exports(names: HiddenState | string, support: SupportFunctions): Export[] {
    const operations = this.#operations(support);
    const exported = (name: string, index: number): Export => ({ name, kind: 'func', index, offset: 0 });
    if (typeof names === 'string') return [exported(names, defineAll(operations, support))];
    return OPERATION_NAMES.map((name) => exported(names[name], operations[name]));
  }

  /** Indices of their functions. */
  #operations(support: SupportFunctions): Operations {
    return {
      get: support.define('get state', ['i32'], ['i64'], (code) => {
        code.u32(0);
        this.#choose(code, ['i64'], (part) => writeGet(code, part), 0, this.#parts.length);
        code.end();
      }),
      set: support.define('set state', ['i32', 'i64'], [], (code) => {
        code.u32(0);
        this.#choose(code, [], (part) => writeSet(code, part), 0, this.#parts.length);
        code.end();
      }),
      save: support.define('save state', [], [], (code) => this.#writeSave(code)),
      restore: support.define('restore state', [], ['i32'], (code) => this.#writeRestore(code)),
      tableEntries: support.define('table entries', [], ['i32'], (code) => {
        code.u32(0).i32(0);
        for (let table = 0; table < this.#tableCount; table++) {
          size(code, table);
          code.op(OP.i32Add);
        }
        code.end();
      }),
    };
  }

  /** Finds the part whose number is in local 0 by halving: as deep as the logarithm of their number. */
  #choose(
    code: Assembler,
    results: readonly ['i64'] | readonly [],
    write: (part: Part) => void,
    from: number,
    to: number,
  ): void {
    const part = this.#parts[from];
    if (part === undefined) {
      if (results.length > 0) code.i64(0);
    } else if (to - from === 1) {
      write(part);
    } else {
      const middle = (from + to) >> 1;
      code.get(0).i32(middle).op(OP.i32LtU);
      if (results.length > 0) code.op(OP.if).u8(I64_BLOCK);
      else code.if();
      this.#choose(code, results, write, from, middle);
      code.else();
      this.#choose(code, results, write, middle, to);
      code.end();
    }
  }

  #writeSave(code: Assembler): void {
    code.u32(0);
    code.i32(0).setGlobal(this.dropped);
    for (const { of, index } of this.#globals) code.getGlobal(of).setGlobal(index);
    for (const { of, index } of this.#tables) {
      size(code, of);
      size(code, index);
      code.op(OP.i32GtU).if();
      // Some entry to fill it with: the table has one, or it would not be the larger.
      code.i32(0);
      writeOperation(code, TABLE_GET, of, 0);
      size(code, of);
      size(code, index);
      code.op(OP.i32Sub);
      writeOperation(code, TABLE_GROW, index, 0);
      code.i32(0).op(OP.i32LtS).if().trap().end();
      code.end();
      copyTable(code, index, of);
    }
    code.end();
  }

  #writeRestore(code: Assembler): void {
    code.u32(0);
    const giveUp = (): void => {
      code.if().i32(0).op(OP.return).end();
    };
    code.getGlobal(this.dropped);
    giveUp();
    for (const { of, index } of this.#tables) {
      size(code, of);
      size(code, index);
      code.op(OP.i32Ne);
      giveUp();
    }
    for (const { of, index } of this.#globals) code.getGlobal(index).setGlobal(of);
    for (const { of, index } of this.#tables) copyTable(code, of, index);
    code.i32(1).end();
  }
}

type Operations = Readonly<Record<keyof HiddenState, number>>;
const OPERATION_NAMES = Object.keys(STATE_OPERATIONS) as readonly (keyof HiddenState)[];

/** (i32 operation, i32 part, i64 bits) -> i64. An operation that there is none of does nothing. */
function defineAll(operations: Operations, support: SupportFunctions): number {
  const write: Readonly<Record<keyof HiddenState, (code: Assembler, index: number) => void>> = {
    get: (code, index) => code.get(1).call(index),
    set: (code, index) => code.get(1).get(2).call(index).i64(0),
    save: (code, index) => code.call(index).i64(0),
    restore: (code, index) => code.call(index).op(OP.i64ExtendU),
    tableEntries: (code, index) => code.call(index).op(OP.i64ExtendU),
  };
  return support.define('state', ['i32', 'i32', 'i64'], ['i64'], (code) => {
    code.u32(0);
    for (const name of OPERATION_NAMES) {
      code.get(0).i32(STATE_OPERATIONS[name]).op(OP.i32Eq).if();
      write[name](code, operations[name]);
      code.op(OP.return).end();
    }
    code.i64(0).end();
  });
}

const I64_BLOCK = 0x7e;

function size(code: Assembler, table: number): void {
  writeOperation(code, TABLE_SIZE, table, 0);
}

/** Copies all entries; both tables are of the same size. */
function copyTable(code: Assembler, to: number, from: number): void {
  code.i32(0).i32(0);
  size(code, from);
  writeOperation(code, TABLE_COPY, to, from);
}

function writeGet(code: Assembler, { global, type, lane }: Part): void {
  code.getGlobal(global);
  if (type === 'v128') {
    writeOperation(code, EXTRACT_LANE, lane, 0);
    return;
  }
  if (type === 'f32') code.op(OP.i32ReinterpretF32);
  if (type === 'f64') code.op(OP.i64ReinterpretF64);
  if (type === 'i32' || type === 'f32') code.op(OP.i64ExtendU);
}

function writeSet(code: Assembler, { global, type, lane }: Part): void {
  if (type === 'v128') {
    code.getGlobal(global).get(1);
    writeOperation(code, REPLACE_LANE, lane, 0);
  } else {
    code.get(1);
    if (type === 'i32' || type === 'f32') code.op(OP.i32Wrap);
    if (type === 'f32') code.op(OP.f32ReinterpretI32);
    if (type === 'f64') code.op(OP.f64ReinterpretI64);
  }
  code.setGlobal(global);
}
