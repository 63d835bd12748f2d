/**
 * Random function bodies, valid by construction: every method leaves on the stack what its name says.
 *
 * The shapes are chosen to be hard on a meter: loops of all forms with `continue` to outer loops, branches with values and
 * with rubbish below them, br_table into several loops and blocks, multi-value blocks, code behind jumps, exceptions of both
 * kinds, tail calls, operations sized by operands. Loops count down, so that most runs end; some do not.
 */

import { Writer } from '../../../engine/wasm/writer.ts';
import type { Random } from '../../support/random.ts';
import {
  Code,
  canTrap,
  isTypedRef,
  LOADS,
  type NumberType,
  PLAIN,
  STORES,
  typeOfRef,
  type ValueKind,
  writeKind,
} from './code.ts';
import type { Signature, World } from './module-generator.ts';

interface Label {
  /** What a branch to it takes along. */
  readonly values: readonly ValueKind[];
  /** Of a loop: the local that counts its rounds down. */
  readonly counter?: number;
  /** Of a loop that nothing but its own code may go round. */
  readonly hidden?: boolean;
  /** Of a legacy catch: rethrow may name it. */
  readonly caught?: boolean;
}

export interface Style {
  /** Statements at the top of each function, about. */
  readonly size: number;
  readonly exceptions: 'none' | 'legacy' | 'exnref';
  /** One in so many operations on memory, tables or numbers may trap. */
  readonly trapRate: number;
  readonly tailCalls: boolean;
  readonly simd: boolean;
  readonly typedReferences: boolean;
}

const NUMBERS: readonly NumberType[] = ['i32', 'i64', 'f32', 'f64'];
const MAX_DEPTH = 7;

export class FunctionGenerator {
  readonly #random: Random;
  readonly #world: World;
  readonly #style: Style;
  readonly #signature: Signature;
  readonly #locals: ValueKind[];
  readonly #labels: Label[];
  #code = new Code();
  /** Instructions left to write, about. */
  #budget: number;

  /** @param index function index of what is written */
  constructor(random: Random, world: World, style: Style, index: number, budget: number) {
    this.#random = random;
    this.#world = world;
    this.#style = style;
    this.#signature = world.signatureOf(index);
    this.#budget = budget;
    this.#locals = [...this.#signature.params];
    this.#labels = [{ values: this.#signature.results }];
    for (let i = random(8); i > 0; i--) this.#locals.push(this.#anyKind());
  }

  /** The body as it stands in the code section, without its length. */
  body(): Uint8Array {
    const statements = 1 + this.#random(this.#style.size);
    for (let i = 0; i < statements; i++) this.#statement(0);
    this.#values(this.#signature.results, 1);
    return this.#finish();
  }

  /** Code without a jump, a call or a trap: what functions of constant cost look like, and very long ones. */
  straightBody(operations: number): Uint8Array {
    for (let i = 0; i < operations; i++) {
      const kind = this.#pick(NUMBERS);
      const local = this.#localOf(kind);
      this.#leafOperation(kind);
      if (local === undefined) this.#code.op('drop');
      else this.#code.op('local.set', local);
    }
    for (const kind of this.#signature.results) this.#leaf(kind);
    return this.#finish();
  }

  #leafOperation(kind: NumberType): void {
    const rows = PLAIN[kind].filter((row) => row.feature !== 'simd' && !canTrap(row));
    const row = this.#pick(rows);
    for (const param of row.params ?? []) this.#leaf(param as ValueKind);
    this.#code.op(row.name);
  }

  #finish(): Uint8Array {
    const declared = this.#locals.slice(this.#signature.params.length);
    const out = new Writer().u32(declared.length);
    for (const kind of declared) writeKind(out.u32(1), kind);
    return out.bytes(this.#code.end().writer.view()).finish();
  }

  #chance(oneIn: number): boolean {
    return this.#random(oneIn) === 0;
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[this.#random(items.length)] as Item;
  }

  #anyKind(): ValueKind {
    const roll = this.#random(20);
    if (roll === 0) return 'funcref';
    if (roll === 1) return 'externref';
    if (roll === 2 && this.#style.exceptions === 'exnref') return 'exnref';
    if (roll === 3 && this.#style.typedReferences) return `ref${this.#pick(this.#world.callableTypes)}`;
    if (roll <= 5 && this.#style.simd) return 'v128';
    return this.#pick(NUMBERS);
  }

  #kinds(most: number): ValueKind[] {
    return Array.from({ length: this.#random(most + 1) }, () => this.#anyKind());
  }

  #fresh(kind: ValueKind): number {
    this.#locals.push(kind);
    return this.#locals.length - 1;
  }

  /** A local to write to. */
  #localOf(kind: ValueKind): number | undefined {
    const fitting = this.#locals.flatMap((own, i) => (own === kind && !this.#isKept(i) ? [i] : []));
    return fitting.length === 0 ? undefined : this.#pick(fitting);
  }

  /** A local to read from. */
  #readable(kind: ValueKind): number | undefined {
    const fitting = this.#locals.flatMap((own, i) => (own === kind && !this.#counters.has(i) ? [i] : []));
    return fitting.length === 0 ? undefined : this.#pick(fitting);
  }

  /** Locals that loops live on: random code leaves them alone. */
  #isKept(local: number): boolean {
    return this.#counters.has(local) || this.#inductive.has(local);
  }
  readonly #counters = new Set<number>();
  readonly #inductive = new Set<number>();
  /** Above zero: no calls, and nothing that leaves. */
  #quiet = 0;

  // Statements: [] -> [].

  #statement(depth: number): void {
    this.#budget -= 4;
    if (this.#budget <= 0 || depth >= MAX_DEPTH) {
      this.#setLocal(depth);
      return;
    }
    const roll = this.#random(100);
    if (this.#quiet > 0 && roll >= 75 && roll < 97) {
      if (roll < 84) this.#sizedOperation(depth);
      else this.#setLocal(depth);
      return;
    }
    if (roll < 20) this.#setLocal(depth);
    else if (roll < 28) this.#store(depth);
    else if (roll < 33) this.#setGlobal(depth);
    else if (roll < 43) this.#block(depth);
    else if (roll < 49) this.#countingLoop(depth);
    else if (roll < 57) this.#loop(depth);
    else if (roll < 67) this.#if(depth);
    else if (roll < 75) this.#branchIf(depth);
    else if (roll < 79) this.#branchTable(depth);
    else if (roll < 84) this.#callAny(depth);
    else if (roll < 87) this.#sizedOperation(depth);
    else if (roll < 90) this.#leaveSometimes(depth);
    else if (roll < 95 && this.#style.exceptions !== 'none') this.#try(depth);
    else if (roll < 96) this.#code.op('nop');
    else if (roll < 97 && this.#style.typedReferences) this.#branchOnNull(depth);
    else this.#discard(this.#anyKind(), depth);
  }

  #statements(depth: number, most = 4): void {
    for (let i = this.#random(most + 1); i > 0; i--) this.#statement(depth);
  }

  #discard(kind: ValueKind, depth: number): void {
    this.#value(kind, depth);
    this.#code.op('drop');
  }

  #setLocal(depth: number): void {
    const free = this.#locals.flatMap((_, i) => (this.#isKept(i) ? [] : [i]));
    if (free.length === 0) {
      this.#discard('i32', depth);
      return;
    }
    const local = this.#pick(free);
    this.#value(this.#locals[local] as ValueKind, depth + 1);
    this.#code.op('local.set', local);
  }

  #setGlobal(depth: number): void {
    const { globals } = this.#world;
    if (globals.length === 0) return;
    const global = this.#random(globals.length);
    this.#value(globals[global] as ValueKind, depth + 1);
    this.#code.op('global.set', global);
  }

  #store(depth: number): void {
    const kind = this.#pick([...NUMBERS, ...(this.#style.simd ? (['v128'] as const) : [])]);
    this.#address(depth);
    this.#value(kind, depth + 1);
    // Which NaN it is must not be seen.
    if (kind === 'f32' || kind === 'f64') this.#withoutNaN(kind);
    this.#code.op(this.#pick(STORES[kind]), 0, this.#random(64));
  }

  #withoutNaN(kind: 'f32' | 'f64'): void {
    const local = this.#fresh(kind);
    const zero = (): Code => (kind === 'f32' ? this.#code.f32(0) : this.#code.f64(0));
    this.#code.op('local.tee', local);
    zero();
    this.#code.op('local.get', local).op('local.get', local).op(`${kind}.eq`).op('select');
  }

  #block(depth: number): void {
    const params = this.#kinds(2);
    const results = this.#kinds(3);
    this.#values(params, depth);
    this.#open('block', params, results);
    this.#labels.push({ values: results });
    this.#consume(params, depth + 1);
    this.#statements(depth + 1);
    this.#values(results, depth + 1);
    this.#close();
    this.#consume(results, depth);
  }

  /** All forms of loops. Each has a counter that is set before it is entered; whatever goes round it takes one off. */
  #loop(depth: number): void {
    const counter = this.#fresh('i32');
    this.#counters.add(counter);
    const params = this.#chance(2) ? [] : this.#kinds(2);
    const results = this.#chance(2) ? [] : this.#kinds(2);
    this.#code.i32(1 + this.#random(9)).op('local.set', counter);
    this.#values(params, depth);
    const form = this.#random(6);
    if (form === 0) {
      // while: a block around, left from the top of the loop.
      this.#consume(params, depth);
      this.#open('block', [], results);
      this.#labels.push({ values: results });
      this.#open('loop', [], []);
      this.#labels.push({ values: [], counter });
      this.#values(results, depth + 2);
      this.#goesOn(counter);
      this.#code.op('i32.eqz').op('br_if', 1);
      this.#consume(results, depth + 2);
      this.#statements(depth + 2);
      this.#code.op('br', 0);
      this.#close();
      // Behind an endless loop nothing is reachable, and everything is there.
      if (results.length > 0) this.#code.op('unreachable');
      this.#close();
      this.#consume(results, depth);
      return;
    }
    this.#open('loop', params, results);
    this.#labels.push({ values: params, counter });
    this.#consume(params, depth + 1);
    this.#statements(depth + 1, 5);
    if (form === 1) {
      // do-while with an if around the way back.
      this.#goesOn(counter);
      this.#code.open('if', 'empty');
      this.#labels.push({ values: [] });
      this.#statements(depth + 2, 2);
      this.#values(params, depth + 2);
      this.#code.op('br', 1);
      this.#close();
    } else if (form === 2) {
      // The way back through br_table.
      this.#code.open('block', 'empty');
      this.#labels.push({ values: [] });
      if (params.length === 0) {
        this.#goesOn(counter);
        this.#code.op('i32.eqz').op('br_table');
        this.#code.writer.u32(2).u32(1).u32(0).u32(0);
      } else {
        this.#goesOn(counter);
        this.#code.op('i32.eqz').op('br_if', 0);
        this.#values(params, depth + 2);
        this.#code.op('br', 1);
      }
      this.#close();
    } else if (form === 3 && this.#chance(3)) {
      // Runs once.
    } else {
      this.#values(params, depth + 1);
      this.#goesOn(counter);
      this.#code.op('br_if', 0);
      this.#consume(params, depth + 1);
    }
    this.#values(results, depth + 1);
    this.#close();
    this.#consume(results, depth);
  }

  /**
   * Loops that step a local by a constant until it reaches a bound, as compilers write them: up and down, signed and unsigned,
   * across the ends of the numbers, with the test before or behind the step, and left early in many ways.
   */
  #countingLoop(depth: number): void {
    const code = this.#code;
    const variable = this.#chance(8) && this.#signature.params[0] === 'i32' ? 0 : this.#fresh('i32');
    const bound = this.#chance(2) ? this.#fresh('i32') : undefined;
    const step = this.#pick([1, 1, 1, -1, -1, 2, 4, 4, 8, 16, -4, 3, -3, 7, 12, 100, -24, 4_096, -4_096, 5_000]);
    const trips = this.#pick([0, 1, 2, 3, 5, 17, 200, 1_500, 6_000]);
    const start = this.#pick([0, 0, 1, 100, 0x7fff_fff0, -5, -0x8000_0000, this.#random(2 ** 32) | 0]);
    const end = (start + step * trips) | 0;
    const wasKept = this.#isKept(variable);
    code.i32(start).op('local.set', variable);
    if (bound !== undefined) {
      code.i32(end).op('local.set', bound);
      this.#counters.add(bound);
    }
    // Now and then the body changes the variable, too: then it does not count.
    if (!this.#chance(15)) this.#inductive.add(variable);
    const exact = this.#chance(2);
    const more = (): void => {
      if (bound === undefined) code.i32(end);
      else code.op('local.get', bound);
      if (exact) code.op('i32.ne');
      else code.op(`i32.${step > 0 ? 'lt' : 'gt'}_${this.#pick(['s', 'u'])}`);
    };
    const advance = (tee: boolean): void => {
      const first = this.#chance(2);
      if (first) code.op('local.get', variable).i32(step).op('i32.add');
      else if (this.#chance(2)) code.op('local.get', variable).i32(-step).op('i32.sub');
      else code.i32(step).op('local.get', variable).op('i32.add');
      code.op(tee ? 'local.tee' : 'local.set', variable);
    };
    const results = this.#chance(3) ? this.#kinds(2) : [];
    this.#quiet++;
    this.#open('block', [], results);
    this.#labels.push({ values: results });
    switch (this.#random(4)) {
      case 0:
        // Behind the step: do … while.
        code.open('loop', 'empty');
        this.#labels.push({ values: [], counter: variable, hidden: true });
        this.#loopBody(depth, results);
        advance(true);
        more();
        code.op('br_if', 0);
        this.#close();
        this.#values(results, depth + 1);
        break;
      case 1:
        // Before the body: while.
        code.open('loop', 'empty');
        this.#labels.push({ values: [], counter: variable, hidden: true });
        this.#values(results, depth + 1);
        code.op('local.get', variable);
        more();
        code.op('i32.eqz').op('br_if', 1);
        this.#consume(results, depth);
        this.#loopBody(depth, results);
        advance(false);
        code.op('br', 0);
        this.#close();
        if (results.length > 0) code.op('unreachable');
        break;
      case 2:
        // The step first, then the test, then the body.
        code.open('loop', 'empty');
        this.#labels.push({ values: [], counter: variable, hidden: true });
        this.#values(results, depth + 1);
        advance(true);
        more();
        code.op('i32.eqz').op('br_if', 1);
        this.#consume(results, depth);
        this.#loopBody(depth, results);
        code.op('br', 0);
        this.#close();
        if (results.length > 0) code.op('unreachable');
        break;
      default:
        // An if around body and way back.
        code.open('loop', 'empty');
        this.#labels.push({ values: [], counter: variable, hidden: true });
        code.op('local.get', variable);
        more();
        code.open('if', 'empty');
        this.#labels.push({ values: [] });
        this.#loopBody(depth, results);
        advance(false);
        code.op('br', 1);
        this.#close();
        this.#close();
        this.#values(results, depth + 1);
    }
    this.#close();
    this.#quiet--;
    if (!wasKept) this.#inductive.delete(variable);
    this.#consume(results, depth);
  }

  /** What stands in counting loops: little, so that they stay the innermost ones. The block that they leave to takes `results`. */
  #loopBody(depth: number, results: readonly ValueKind[]): void {
    for (let i = this.#random(3); i > 0; i--) {
      switch (this.#random(7)) {
        case 0:
          this.#store(MAX_DEPTH - 2);
          break;
        case 1:
          this.#code.open('block', 'empty');
          this.#labels.push({ values: [] });
          this.#value('i32', MAX_DEPTH - 1);
          this.#code.op('br_if', 0);
          this.#setLocal(MAX_DEPTH - 2);
          this.#close();
          break;
        case 2: {
          // Out early.
          const exit = this.#labels.findLastIndex(
            ({ values, counter }) => counter === undefined && values.join() === results.join(),
          );
          this.#values(results, MAX_DEPTH);
          this.#address(MAX_DEPTH);
          this.#code.op('i32.load8_u', 0, 0).i32(this.#random(256)).op('i32.eq');
          this.#code.op('br_if', this.#labels.length - 1 - exit);
          this.#consume(results, depth);
          break;
        }
        case 3:
          if (this.#chance(2)) {
            this.#address(MAX_DEPTH);
            this.#code.op('i32.load8_u', 0, 0).i32(this.#random(256)).op('i32.eq').open('if', 'empty');
            this.#labels.push({ values: [] });
            this.#values(this.#signature.results, MAX_DEPTH);
            this.#code.op('return');
            this.#close();
          } else {
            this.#statement(depth + 1);
          }
          break;
        default:
          this.#setLocal(MAX_DEPTH - 2);
      }
    }
  }

  /** [] -> [i32]: whether the loop may go round again. One in many loops does so for ever. */
  #goesOn(counter: number): void {
    if (this.#chance(400)) {
      this.#value('i32', MAX_DEPTH);
      return;
    }
    this.#code.op('local.get', counter).i32(1).op('i32.sub').op('local.tee', counter).i32(0).op('i32.gt_s');
  }

  #if(depth: number): void {
    const params = this.#chance(3) ? this.#kinds(2) : [];
    const results = this.#chance(2) ? this.#kinds(2) : [];
    const bare = params.length === 0 && results.length === 0 && this.#chance(2);
    this.#values(params, depth);
    this.#value('i32', depth + 1);
    this.#open('if', params, results);
    this.#labels.push({ values: results });
    this.#consume(params, depth + 1);
    this.#statements(depth + 1);
    this.#values(results, depth + 1);
    if (!bare) {
      this.#code.op('else');
      this.#consume(params, depth + 1);
      this.#statements(depth + 1);
      this.#values(results, depth + 1);
    }
    this.#close();
    this.#consume(results, depth);
  }

  #anyLabel(): number {
    const seen = this.#labels.flatMap(({ hidden }, i) => (hidden === true ? [] : [this.#labels.length - 1 - i]));
    return this.#pick(seen);
  }

  #label(label: number): Label {
    return this.#labels[this.#labels.length - 1 - label] as Label;
  }

  /** br_if to any label, its values left behind and dropped where it is not taken. */
  #branchIf(depth: number): void {
    const label = this.#anyLabel();
    const { values, counter } = this.#label(label);
    this.#values(values, depth + 1);
    if (counter === undefined) this.#value('i32', depth + 1);
    else this.#goesOn(counter);
    this.#code.op('br_if', label);
    this.#consume(values, depth);
  }

  #branchOnNull(depth: number): void {
    const label = this.#anyLabel();
    const { values, counter } = this.#label(label);
    if (counter !== undefined) return;
    const kind: ValueKind = `ref${this.#pick(this.#world.callableTypes)}`;
    if (values.at(-1) === kind) {
      this.#values(values, depth + 1);
      this.#code.op('br_on_non_null', label);
      this.#consume(values.slice(0, -1), depth);
    } else {
      this.#values(values, depth + 1);
      this.#value(kind, depth + 1);
      this.#code.op('br_on_null', label).op('drop');
      this.#consume(values, depth);
    }
  }

  /** br_table over labels with the same values, in a block of its own. Loops are among them only while they go on. */
  #branchTable(depth: number): void {
    const first = this.#anyLabel();
    const key = this.#label(first).values.join();
    const alike = this.#labels.flatMap(({ values }, i) =>
      values.join() === key && this.#labels[i]?.hidden !== true ? [this.#labels.length - 1 - i] : [],
    );
    const forward = alike.filter((label) => this.#label(label).counter === undefined);
    const { values } = this.#label(first);
    // One more block around, so that what follows can be reached.
    this.#open('block', [], values);
    this.#labels.push({ values });
    const targets = alike.map((label) => label + 1);
    const safe = [0, ...forward.map((label) => label + 1)];
    this.#values(values, depth + 1);
    const counters = alike.flatMap((label) => this.#label(label + 1).counter ?? []);
    this.#value('i32', depth + 2);
    this.#code.i32(7).op('i32.and');
    for (const counter of counters) {
      // Beyond the table, where the default is, as soon as any of the loops has to end.
      this.#code.i32(1_000);
      this.#goesOn(counter);
      const select = this.#fresh('i32');
      this.#code.op('local.set', select);
      const other = this.#fresh('i32');
      this.#code.op('local.set', other).op('local.get', other).op('local.get', select).op('select');
    }
    const count = this.#random(6);
    this.#code.op('br_table').writer.u32(count);
    for (let i = 0; i < count; i++) this.#code.writer.u32(this.#pick(targets));
    this.#code.writer.u32(this.#pick(safe));
    if (this.#chance(3)) this.#deadCode(depth);
    this.#close();
    this.#consume(values, depth);
  }

  /** return, br, unreachable, throw or a tail call, mostly under an if. */
  #leaveSometimes(depth: number): void {
    if (this.#chance(12)) {
      this.#leave(depth + 1);
      return;
    }
    this.#value('i32', depth + 1);
    // Most of the time it is not taken.
    if (this.#chance(2)) this.#code.i32(15).op('i32.and').op('i32.eqz');
    this.#code.open('if', 'empty');
    this.#labels.push({ values: [] });
    this.#leave(depth + 1);
    this.#close();
  }

  #leave(depth: number): void {
    const code = this.#code;
    // Rubbish that the jump leaves behind.
    this.#values(this.#kinds(1), depth + 1);
    const roll = this.#random(12);
    if (roll < 4) {
      const label = this.#anyLabel();
      const { values, counter } = this.#label(label);
      if (counter === undefined) {
        this.#values(values, depth);
        code.op('br', label);
      } else {
        this.#goesOn(counter);
        code.open('if', 'empty');
        this.#labels.push({ values: [] });
        this.#values(values, depth + 1);
        code.op('br', label + 1);
        this.#close();
        this.#values(this.#signature.results, depth);
        code.op('return');
      }
    } else if (roll < 7) {
      this.#values(this.#signature.results, depth);
      code.op('return');
    } else if (roll < 8 && this.#chance(3)) {
      code.op('unreachable');
    } else if (roll < 10 && this.#style.exceptions !== 'none') {
      this.#throw(depth);
    } else if (this.#style.tailCalls) {
      this.#tailCall(depth);
    } else {
      this.#values(this.#signature.results, depth);
      code.op('return');
    }
    this.#deadCode(depth);
  }

  /** Behind a jump: ordinary code, or code that takes from the bottomless stack. */
  #deadCode(depth: number): void {
    const roll = this.#random(8);
    if (roll === 0) this.#code.op('i32.add').op('drop').op('drop').op('f64.neg').op('drop');
    else if (roll === 1 && depth < MAX_DEPTH - 2) this.#statements(depth + 2, 2);
    else if (roll === 2) this.#code.open('loop', 'empty').op('br', 0).op('drop').end();
    else if (roll === 3) this.#code.open('block', 'empty').op('i32.const').writer.u8(0x01);
    if (roll === 3) this.#code.op('drop').end();
  }

  // Calls.

  /** A call whose results are taken off the stack. */
  #callAny(depth: number): void {
    this.#call(this.#random(this.#world.functionCount), depth, true);
  }

  /** [] -> results, or [] if `consume`. Calls that may recurse are bounded by a global. */
  #call(callee: number, depth: number, consume: boolean): void {
    const { params, results } = this.#world.signatureOf(callee);
    const code = this.#code;
    const bounded = this.#world.isDefined(callee);
    if (bounded) {
      this.#mayCall();
      this.#open('if', [], results);
      this.#labels.push({ values: results });
    }
    const way = this.#random(10);
    const typeIndex = this.#world.typeIndexOf(callee);
    this.#values(params, depth + 2);
    if (way < 6 || !bounded) {
      code.op('call', callee);
    } else if (way < 9) {
      this.#slotOf(callee, depth);
      code.op('call_indirect', typeIndex, 0);
    } else if (this.#style.typedReferences) {
      this.#value(`ref${typeIndex}`, depth + 2);
      code.op('call_ref', typeIndex);
    } else {
      code.op('call', callee);
    }
    if (bounded) {
      code.op('else');
      this.#values(results, MAX_DEPTH);
      this.#close();
    }
    if (consume) this.#consume(results, depth);
  }

  /** [] -> [i32]: takes one off the calls that the module may still make. */
  #mayCall(): void {
    const global = this.#world.callsLeft;
    this.#code.op('global.get', global).i32(1).op('i32.sub').op('global.set', global);
    this.#code.op('global.get', global).i32(0).op('i32.gt_s');
  }

  #slotOf(callee: number, depth: number): void {
    const slot = this.#world.slotOf(callee);
    if (slot === undefined || this.#chance(this.#style.trapRate)) {
      this.#value('i32', depth + 2);
      this.#code.i32(31).op('i32.and');
    } else {
      this.#code.i32(slot);
    }
  }

  #tailCall(depth: number): void {
    const wanted = this.#signature.results.join();
    const fitting = this.#world.functionsWith(wanted);
    const callee = this.#pick(fitting);
    const typeIndex = this.#world.typeIndexOf(callee);
    const code = this.#code;
    this.#mayCall();
    code.op('i32.eqz').open('if', 'empty');
    this.#labels.push({ values: [] });
    this.#values(this.#signature.results, MAX_DEPTH);
    code.op('return');
    this.#close();
    this.#values(this.#world.signatureOf(callee).params, depth + 1);
    const way = this.#random(4);
    if (way === 0 && this.#world.slotOf(callee) !== undefined) {
      this.#slotOf(callee, depth);
      code.op('return_call_indirect', typeIndex, 0);
    } else if (way === 1 && this.#style.typedReferences && this.#world.isDefined(callee)) {
      this.#value(`ref${typeIndex}`, depth + 2);
      code.op('return_call_ref', typeIndex);
    } else {
      code.op('return_call', callee);
    }
  }

  // Exceptions.

  #throw(depth: number): void {
    const rethrow = this.#labels.findLastIndex(({ caught }) => caught === true);
    if (rethrow >= 0 && this.#chance(2)) {
      this.#code.op('rethrow', this.#labels.length - 1 - rethrow);
      return;
    }
    if (this.#style.exceptions === 'exnref' && this.#chance(4)) {
      const exception = this.#localOf('exnref');
      if (exception !== undefined) {
        this.#code.op('local.get', exception).op('throw_ref');
        return;
      }
    }
    const tag = this.#random(this.#world.tags.length);
    this.#values(this.#world.tags[tag] as readonly ValueKind[], depth + 1);
    this.#code.op('throw', tag);
  }

  #try(depth: number): void {
    if (this.#style.exceptions === 'legacy') this.#legacyTry(depth);
    else this.#tryTable(depth);
  }

  /** The inside of a try: something that is likely to throw. */
  #guarded(depth: number): void {
    this.#statements(depth, 3);
    if (this.#chance(2)) this.#callAny(depth);
    if (this.#chance(3)) {
      this.#value('i32', depth + 1);
      this.#code.open('if', 'empty');
      this.#labels.push({ values: [] });
      this.#throw(depth + 1);
      this.#close();
    }
    this.#statements(depth, 2);
  }

  #legacyTry(depth: number): void {
    const results = this.#kinds(2);
    this.#open('try', [], results);
    this.#labels.push({ values: results });
    this.#guarded(depth + 1);
    this.#values(results, depth + 1);
    if (this.#chance(5)) {
      this.#labels.pop();
      this.#code.op('delegate', this.#anyLabel());
      this.#consume(results, depth);
      return;
    }
    for (const [tag, values] of this.#world.tags.entries()) {
      if (this.#chance(2)) continue;
      this.#labels.pop();
      this.#code.op('catch', tag);
      this.#labels.push({ values: results, caught: true });
      this.#consume(values, depth + 1);
      this.#statements(depth + 1, 2);
      this.#values(results, depth + 1);
    }
    if (this.#chance(2)) {
      this.#labels.pop();
      this.#code.op('catch_all');
      this.#labels.push({ values: results, caught: true });
      this.#statements(depth + 1, 2);
      this.#values(results, depth + 1);
    }
    this.#close();
    this.#consume(results, depth);
  }

  /** Each clause has a block of its own, or jumps to an outer label that takes the same values. */
  #tryTable(depth: number): void {
    const results = this.#kinds(2);
    const clauses = Array.from({ length: this.#random(4) }, () => {
      const form = this.#random(4);
      const tag = this.#random(this.#world.tags.length);
      const values = form < 2 ? (this.#world.tags[tag] as readonly ValueKind[]) : [];
      const caught: ValueKind[] = form === 1 || form === 3 ? [...values, 'exnref'] : [...values];
      return { form, tag, caught };
    });
    this.#open('block', [], results);
    this.#labels.push({ values: results });
    for (const { caught } of clauses.toReversed()) {
      this.#open('block', [], caught);
      this.#labels.push({ values: caught });
    }
    this.#code.op('try_table');
    this.#blockType([], results);
    this.#code.writer.u32(clauses.length);
    for (const [i, { form, tag, caught }] of clauses.entries()) {
      const outer = this.#labels.findIndex(
        ({ values, counter }) => counter === undefined && values.join() === caught.join(),
      );
      const label = outer >= 0 && this.#chance(4) ? this.#labels.length - 1 - outer : i;
      this.#code.writer.u8(form);
      if (form < 2) this.#code.writer.u32(tag);
      this.#code.writer.u32(label);
    }
    this.#labels.push({ values: results });
    this.#guarded(depth + 1);
    this.#values(results, depth + 1);
    this.#close();
    this.#code.op('br', clauses.length);
    for (const [i, { caught }] of clauses.entries()) {
      this.#close();
      this.#consume(caught, depth + 1);
      this.#statements(depth + 1, 2);
      this.#values(results, depth + 1);
      if (i < clauses.length - 1 || this.#chance(2)) this.#code.op('br', clauses.length - 1 - i);
    }
    this.#close();
    this.#consume(results, depth);
  }

  // Operations sized by an operand, and their relatives.

  /** [] -> [i32]: small, or now and then anything. */
  #length(depth: number, mask: number): void {
    this.#value('i32', depth + 2);
    if (!this.#chance(this.#style.trapRate)) this.#code.i32(mask).op('i32.and');
  }

  #address(depth: number): void {
    this.#value('i32', depth + 1);
    if (!this.#chance(this.#style.trapRate)) this.#code.i32(0x7fff).op('i32.and');
  }

  #sizedOperation(depth: number): void {
    const code = this.#code;
    const world = this.#world;
    const table = 1;
    switch (this.#random(13)) {
      case 0:
        this.#address(depth);
        this.#value('i32', depth + 2);
        this.#length(depth, 0x3ff);
        code.op('memory.fill', 0);
        break;
      case 1:
        this.#address(depth);
        this.#address(depth);
        this.#length(depth, 0x3ff);
        code.op('memory.copy', 0, 0);
        break;
      case 2:
        this.#address(depth);
        this.#length(depth, 7);
        this.#length(depth, 15);
        code.op('memory.init', this.#random(world.dataSegments), 0);
        break;
      case 3:
        if (this.#chance(4)) code.op('data.drop', this.#random(world.dataSegments));
        break;
      case 4:
        this.#length(depth, this.#chance(4) ? 3 : 0);
        code.op('memory.grow', 0).op('drop');
        break;
      case 5:
        code.op('memory.size', 0).op('drop').op('table.size', table).op('drop');
        break;
      case 6:
        this.#length(depth, 7);
        this.#value('funcref', depth + 2);
        this.#length(depth, 7);
        code.op('table.fill', table);
        break;
      case 7:
        this.#length(depth, 7);
        this.#length(depth, 7);
        this.#length(depth, 7);
        code.op('table.copy', table, this.#random(2));
        break;
      case 8:
        this.#length(depth, 7);
        this.#length(depth, 3);
        this.#length(depth, 3);
        code.op('table.init', world.passiveElements, table);
        break;
      case 9:
        if (this.#chance(4)) code.op('elem.drop', world.passiveElements);
        break;
      case 10:
        this.#value('funcref', depth + 2);
        this.#length(depth, this.#chance(4) ? 3 : 0);
        code.op('table.grow', table).op('drop');
        break;
      case 11:
        this.#length(depth, 7);
        this.#value('funcref', depth + 2);
        code.op('table.set', table);
        break;
      default:
        this.#length(depth, 7);
        code.op('table.get', table).op('ref.is_null').op('drop');
    }
  }

  // Values: [] -> [kind].

  #values(kinds: readonly ValueKind[], depth: number): void {
    for (const kind of kinds) this.#value(kind, depth);
  }

  /** [kinds] -> []: into locals or away. */
  #consume(kinds: readonly ValueKind[], _depth: number): void {
    for (const kind of kinds.toReversed()) {
      const local = this.#chance(2) ? this.#localOf(kind) : undefined;
      if (local === undefined) this.#code.op('drop');
      else this.#code.op('local.set', local);
    }
  }

  #value(kind: ValueKind, depth: number): void {
    this.#budget--;
    if (this.#budget <= 0 || depth >= MAX_DEPTH || this.#chance(3)) {
      this.#leaf(kind);
      return;
    }
    const roll = this.#random(40);
    if (roll < 3) this.#select(kind, depth);
    else if (roll < 5) this.#valueBlock(kind, depth);
    else if (roll < 7) this.#valueIf(kind, depth);
    else if (roll < 9 && this.#quiet === 0 && this.#calls(kind)) this.#valueCall(kind, depth);
    else if (roll < 10) this.#valueBranch(kind, depth);
    else if (roll < 12) this.#tee(kind, depth);
    else if (isNumber(kind)) this.#number(kind, depth);
    else this.#leaf(kind);
  }

  #leaf(kind: ValueKind): void {
    const code = this.#code;
    const local = this.#chance(3) ? undefined : this.#readable(kind);
    if (local !== undefined) {
      code.op('local.get', local);
      return;
    }
    const globals = this.#world.globals.flatMap((own, i) => (own === kind ? [i] : []));
    if (globals.length > 0 && this.#chance(3)) {
      code.op('global.get', this.#pick(globals));
      return;
    }
    switch (kind) {
      case 'i32':
        code.i32(this.#chance(3) ? this.#random(2 ** 32) | 0 : this.#random(64));
        break;
      case 'i64':
        code.i64(
          this.#chance(3) ? BigInt.asIntN(64, (BigInt(this.#random(2 ** 32)) << 32n) | 5n) : BigInt(this.#random(64)),
        );
        break;
      case 'f32':
        code.f32(this.#random(1_000) / 8 - 50);
        break;
      case 'f64':
        code.f64(this.#random(100_000) / 16 - 1_000);
        break;
      case 'v128':
        code.v128(Uint8Array.from({ length: 16 }, () => this.#random(256)));
        break;
      case 'funcref':
        if (this.#chance(2)) code.refNull('funcref');
        else code.op('ref.func', this.#random(this.#world.functionCount));
        break;
      case 'externref':
      case 'exnref':
        code.refNull(kind);
        break;
      default: {
        const functions = this.#world.functionsOfType(typeOfRef(kind));
        if (functions.length === 0 || this.#chance(this.#style.trapRate)) code.refNull(kind);
        else code.op('ref.func', this.#pick(functions));
      }
    }
  }

  #number(kind: NumberType, depth: number): void {
    if (this.#chance(6)) {
      this.#address(depth);
      this.#code.op(this.#pick(LOADS[kind]), 0, this.#random(64));
      return;
    }
    const row = this.#pick(PLAIN[kind]);
    if (
      (!this.#style.simd && (row.feature === 'simd' || kind === 'v128')) ||
      (canTrap(row) && !this.#chance(this.#style.trapRate))
    ) {
      this.#leaf(kind);
      return;
    }
    for (const param of row.params ?? []) this.#value(param as ValueKind, depth + 1);
    this.#code.op(row.name);
  }

  #select(kind: ValueKind, depth: number): void {
    this.#value(kind, depth + 1);
    this.#value(kind, depth + 1);
    this.#value('i32', depth + 1);
    if (isNumber(kind)) {
      this.#code.op('select');
    } else {
      this.#code.op('select_t').writer.u32(1);
      writeKind(this.#code.writer, kind);
    }
  }

  #valueBlock(kind: ValueKind, depth: number): void {
    this.#open('block', [], [kind]);
    this.#labels.push({ values: [kind] });
    this.#statements(depth + 1, 2);
    this.#value(kind, depth + 1);
    this.#close();
  }

  #valueIf(kind: ValueKind, depth: number): void {
    this.#value('i32', depth + 1);
    this.#open('if', [], [kind]);
    this.#labels.push({ values: [kind] });
    this.#value(kind, depth + 1);
    this.#code.op('else');
    this.#value(kind, depth + 1);
    this.#close();
  }

  #calls(kind: ValueKind): boolean {
    return this.#world.functionsWith(kind).length > 0;
  }

  #valueCall(kind: ValueKind, depth: number): void {
    this.#call(this.#pick(this.#world.functionsWith(kind)), depth + 1, false);
  }

  /** A branch that takes the value along if it is taken, and leaves it on the stack if not. */
  #valueBranch(kind: ValueKind, depth: number): void {
    const fitting = this.#labels.flatMap(({ values, counter }, i) =>
      counter === undefined && values.length === 1 && values[0] === kind ? [this.#labels.length - 1 - i] : [],
    );
    this.#value(kind, depth + 1);
    if (fitting.length === 0) return;
    this.#value('i32', depth + 1);
    this.#code.op('br_if', this.#pick(fitting));
  }

  #tee(kind: ValueKind, depth: number): void {
    this.#value(kind, depth + 1);
    const local = this.#localOf(kind);
    if (local !== undefined) this.#code.op('local.tee', local);
  }

  // Blocks.

  #open(name: string, params: readonly ValueKind[], results: readonly ValueKind[]): void {
    this.#code.op(name);
    this.#blockType(params, results);
  }

  #blockType(params: readonly ValueKind[], results: readonly ValueKind[]): void {
    const { writer } = this.#code;
    if (params.length === 0 && results.length === 0) writer.u8(0x40);
    else if (params.length === 0 && results.length === 1 && !isTypedRef(results[0] as ValueKind))
      writeKind(writer, results[0] as ValueKind);
    else writer.s32(this.#world.type({ params, results }));
  }

  #close(): void {
    this.#labels.pop();
    this.#code.end();
  }
}

const isNumber = (kind: ValueKind): kind is NumberType =>
  kind === 'v128' || (NUMBERS as readonly string[]).includes(kind);
