/**
 * Functions around a loop that counts, or nearly: the shapes that the meter lets count for themselves, and their neighbours. Where
 * the variable wraps around, where the test is not the only way back, where a way out ends in a trap, a step that is never made.
 *
 * Every way round every loop takes one from a number of rounds, and the loop is left when none is left: so whatever the meter does to
 * it, it ends, and what ran too long can be told from its fuel.
 */
import type { Random } from '../../support/random.ts';
import { Code } from './code.ts';
import type { Call } from './module-generator.ts';

/** Of the module around the function. */
export const WORLD = {
  types: { subject: 0, other: 1, told: 2 },
  functions: { log: 0, fail: 1, subject: 2, other: 3 },
  globals: { bound: 0, sink: 1 },
  tag: 0,
} as const;

/** Rounds of all loops of a call together: more than fuel is there for. */
const ROUNDS = 30_000;

const PARAMS = { start: 0, bound: 1 } as const;
const LOCALS = { variable: 2, bound: 3, second: 4, outer: 5, inner: 6, free: 7, rounds: 8 } as const;
/** Counts and types of the locals behind the parameters. */
const LOCAL_GROUPS = [
  [6, 0x7f],
  [1, 0x7e],
] as const;

const COMPARISONS = ['eq', 'ne', 'lt_s', 'lt_u', 'le_s', 'le_u', 'gt_s', 'gt_u', 'ge_s', 'ge_u'];
const INVERSE: Readonly<Record<string, string>> = {
  eq: 'ne',
  ne: 'eq',
  lt_s: 'ge_s',
  lt_u: 'ge_u',
  le_s: 'gt_s',
  le_u: 'gt_u',
  gt_s: 'le_s',
  gt_u: 'le_u',
  ge_s: 'lt_s',
  ge_u: 'lt_u',
};
const SIZES = [1, 1, 1, 1, 1, 1, 2, 2, 3, 4, 4, 5, 6, 7, 8, 8, 64, 100, 1_024, 4_095, 4_096, 4_097];
const NEAT_SIZES = [1, 1, 1, 2, 4, 8];
const MAX = 0x7fff_ffff;
const EDGES = [0, 1, -1, 5, MAX, MAX - 3, -MAX - 1, -MAX + 2];
const DISTANCES = [0, 1, -1, 2, 3, -4, 100, 700, 1_640, -1_640, 8_000, -8_000, 70_000];
/** Labels, other than of loops, that leave the loop. */
const OUTSIDE = ['out', 'trap', 'fail', 'after', 'outer', 'function', 'whole'];

export interface LoopFunction {
  readonly body: Uint8Array;
  /** Whether it has a result, an i32. */
  readonly hasResult: boolean;
  readonly calls: readonly Call[];
}

type Exceptions = 'none' | 'legacy' | 'exnref';
type Part = () => void;

/** @param random draws the shape: the same draws give the same function */
export function loopFunction(random: Random): LoopFunction {
  return new LoopShape(random).function();
}

class LoopShape {
  readonly #random: Random;
  readonly #code = new Code();
  /** Open blocks, innermost last. */
  readonly #labels: string[] = ['function'];
  readonly #hasResult: boolean;
  /** Nearly what a compiler writes, with one thing that is not. */
  readonly #isNeat: boolean;
  readonly #exceptions: Exceptions;
  readonly #variable: number;
  readonly #step: number;
  readonly #comparison: string;
  /** The bound, if it is a constant. */
  readonly #constant: number | undefined;
  readonly #escape: string;
  /** What may come inside of one another, still. */
  #room: number;

  constructor(random: Random) {
    this.#random = random;
    this.#hasResult = this.#chance(2);
    this.#isNeat = this.#chance(2);
    this.#exceptions = this.#isNeat ? 'none' : this.#pick(['none', 'none', 'legacy', 'exnref']);
    this.#variable = this.#pick([PARAMS.start, LOCALS.variable]);
    this.#step = this.#chance(20) ? 0 : this.#pick(this.#isNeat ? NEAT_SIZES : SIZES) * this.#pick([1, -1]);
    this.#comparison = this.#likelyComparison();
    this.#constant = this.#chance(2) ? this.#pick(EDGES) + this.#pick([0, 0, 1, 3, 1_000, -1_000]) : undefined;
    this.#escape = this.#pick(['out', 'out', 'trap', 'fail', 'after', 'return', 'unreachable', 'throw']);
    this.#room = this.#isNeat ? this.#random(2) : this.#pick([0, 1, 1, 2, 2, 4]);
  }

  function(): LoopFunction {
    const code = this.#code;
    code.i64(BigInt(ROUNDS)).op('local.set', LOCALS.rounds);
    this.#get(PARAMS.start).op('local.set', this.#variable);
    this.#get(PARAMS.bound).op('local.set', LOCALS.bound);
    if (this.#chance(3)) code.i32(this.#pick(EDGES)).op('local.set', LOCALS.second);
    if (this.#chance(12)) this.#guarded(() => this.#leaveByCall(), 'start');
    this.#block('out', () => {
      this.#block('trap', () => {
        this.#block('fail', () => {
          this.#repeated();
          if (!this.#chance(4)) code.op('br', this.#label('out'));
        });
        code.i32(1).op('call', WORLD.functions.fail);
        if (this.#chance(2)) code.op('unreachable');
      });
      if (this.#chance(2)) this.#get(this.#variable).op('global.set', WORLD.globals.sink);
      code.op('unreachable');
    });
    if (this.#hasResult) this.#result();
    code.end();
    const body = new Code().writer.u32(LOCAL_GROUPS.length);
    for (const [count, type] of LOCAL_GROUPS) body.u32(count).u8(type);
    return { body: body.bytes(code.writer.view()).finish(), hasResult: this.#hasResult, calls: this.#calls() };
  }

  /** The loop, perhaps in another one, or where exceptions are caught. */
  #repeated(): void {
    const code = this.#code;
    const once = (): void => {
      this.#block('after', () => {
        if (this.#chance(6)) this.#caught(() => this.#loop());
        else this.#loop();
        if (this.#chance(8)) code.op('unreachable');
      });
      if (this.#chance(3)) this.#get(this.#variable).op('global.set', WORLD.globals.sink);
    };
    const rounds = this.#pick([1, 1, 1, 2, 5]);
    if (rounds === 1) {
      once();
      if (this.#chance(8)) once();
      return;
    }
    this.#block('outer', () => this.#inOuter(once, rounds), 'loop');
  }

  #inOuter(once: Part, rounds: number): void {
    const code = this.#code;
    // The ways back to the outer loop from inside do not pass its counting.
    this.#escapes();
    once();
    if (this.#chance(2)) this.#get(PARAMS.start).op('local.set', this.#variable);
    this.#get(LOCALS.outer).i32(1).op('i32.add').op('local.tee', LOCALS.outer);
    code.i32(rounds).op('i32.lt_u').op('br_if', this.#label('outer'));
  }

  #loop(): void {
    const hasValue = !this.#isNeat && this.#chance(24);
    const code = this.#code;
    code.open('loop', hasValue ? 'i32' : 'empty');
    this.#labels.push('loop');
    const form = this.#pick([
      'if',
      'if',
      'if else',
      'branch',
      'branch',
      'bottom',
      'bottom',
      'bottom',
      'bottom',
      'jump',
    ]);
    if (form === 'if' || form === 'if else') this.#testedByIf(form === 'if else');
    else if (form === 'branch') this.#testedByBranch();
    else this.#testedAtEnd(form === 'jump');
    if (hasValue) this.#get(this.#variable);
    code.end();
    this.#labels.pop();
    if (hasValue) code.op('local.set', LOCALS.free);
  }

  #testedByIf(hasElse: boolean): void {
    const code = this.#code;
    if (this.#chance(30)) this.#quiet();
    this.#compare(() => this.#get(this.#variable));
    code.open('if', 'empty');
    this.#labels.push('whole');
    this.#body();
    if (this.#chance(3)) this.#exit('whole');
    code.op('br', this.#label('loop'));
    if (this.#chance(10)) this.#dead();
    if (hasElse) {
      code.op('else');
      this.#escapes();
      this.#parts(2);
      if (this.#chance(4)) this.#jump('unreachable');
    }
    code.end();
    this.#labels.pop();
    const more = this.#random(4);
    if (more === 0) {
      this.#escapes();
      this.#parts(2);
    } else if (more === 1) this.#quiet();
  }

  #testedByBranch(): void {
    if (this.#chance(30)) this.#quiet();
    const isNegated = this.#chance(10);
    this.#compare(() => this.#get(this.#variable), isNegated ? this.#comparison : INVERSE[this.#comparison]);
    if (isNegated) this.#code.op('i32.eqz');
    this.#code.op('br_if', this.#label(this.#pick(['after', 'after', 'out', 'trap', 'fail', this.#anyWayOut()])));
    this.#body();
    if (this.#chance(4)) this.#back();
    else this.#code.op('br', this.#label('loop'));
    if (this.#chance(10)) this.#dead();
  }

  #testedAtEnd(byJump: boolean): void {
    const code = this.#code;
    const isTee = this.#chance(2);
    this.#body(!isTee);
    if (this.#chance(3)) this.#back();
    const variable = (): void => {
      if (isTee) this.#change('local.tee');
      else this.#get(this.#variable);
    };
    if (this.#chance(8)) variable();
    else this.#compare(variable);
    if (this.#chance(30)) code.op('i32.eqz');
    if (byJump) {
      code.open('if', 'empty');
      this.#labels.push('if');
      if (this.#chance(4)) this.#parts(1);
      code.op('br', this.#label('loop')).end();
      this.#labels.pop();
    } else code.op('br_if', this.#label('loop'));
    if (this.#chance(10)) this.#parts(1);
  }

  /** Anything, and the step. No way back may come before the escape. */
  #body(hasStep = true): void {
    const parts: Part[] = Array.from({ length: this.#random(this.#isNeat ? 2 : 3) }, () => () => this.#part());
    if (hasStep) parts.splice(this.#random(parts.length + 1), 0, () => this.#stepSomewhere());
    if (this.#chance(30)) parts.push(() => this.#stepSomewhere());
    if (this.#chance(2)) this.#quiet();
    if (hasStep && this.#chance(3)) {
      this.#stepSomewhere();
      // So the step is not made twice.
      parts.splice(0, parts.length, ...Array.from({ length: this.#random(3) }, () => () => this.#part()));
    }
    this.#escapes();
    for (const part of parts) part();
  }

  #stepSomewhere(): void {
    const step = (): void => {
      this.#change('local.set');
    };
    if (this.#isNeat) step();
    else if (this.#chance(12)) this.#block('block', step);
    else if (this.#chance(16)) this.#guarded(step);
    else if (this.#chance(30)) this.#block('block', () => this.#behindJump(step));
    else step();
  }

  /** The variable and its step. */
  #change(write: 'local.set' | 'local.tee'): void {
    const code = this.#code;
    const form = this.#isNeat ? 4 : this.#pick([0, 1, 1, 1, 2, 3, 3, 3, ...Array<number>(16).fill(4)]);
    if (form === 0) code.i32(-this.#step);
    else if (form === 1) code.i32(this.#step);
    this.#get(form === 2 ? LOCALS.second : this.#variable);
    if (form === 0) code.op('i32.sub');
    else if (form === 1) code.op('i32.add');
    else if (form === 3) code.i32(-this.#step).op('i32.sub');
    else code.i32(this.#step).op('i32.add');
    code.op(write, this.#variable);
  }

  /** Takes one from the rounds, and leaves when there are none. */
  #escapes(): void {
    const code = this.#code;
    code.op('local.get', LOCALS.rounds).i64(1n).op('i64.sub').op('local.tee', LOCALS.rounds);
    code.i64(0n).op('i64.lt_s');
    if (this.#labels.includes(this.#escape)) {
      code.op('br_if', this.#label(this.#escape));
      return;
    }
    code.open('if', 'empty');
    this.#labels.push('if');
    this.#jump(this.#escape === 'after' ? 'out' : this.#escape);
    code.end();
    this.#labels.pop();
  }

  #parts(most: number): void {
    for (let i = this.#random(most + 1); i > 0; i--) this.#part();
  }

  #part(): void {
    const kind = this.#random(16);
    if (kind < 3 || this.#room <= 0) {
      this.#quiet();
      return;
    }
    this.#room--;
    if (kind < 6) this.#back();
    else if (kind < 10) this.#exit();
    else if (kind === 10) this.#block('block', () => this.#parts(2));
    else if (kind === 11) this.#either();
    else if (kind === 12) this.#nested();
    else if (kind === 13) this.#block('block', () => this.#behindJump(() => this.#parts(2)));
    else if (kind === 14) this.#caught(() => this.#parts(2));
    else this.#valueBlock();
  }

  /** What neither branches nor traps, much. */
  #quiet(): void {
    const code = this.#code;
    const kind = this.#random(9);
    if (kind === 0) {
      this.#get(this.#variable).i32(0xfff0).op('i32.and');
      this.#get(LOCALS.second).op('i32.store8', 0, 3);
    } else if (kind === 1) this.#get(this.#variable).op('global.set', WORLD.globals.sink);
    else if (kind === 2)
      this.#get(LOCALS.second)
        .i32(this.#pick([1, -1, 3]))
        .op('i32.add')
        .op('local.set', LOCALS.second);
    else if (kind === 3) this.#get(LOCALS.second).i32(3).op('i32.mul').op('local.set', LOCALS.free);
    else if (kind === 4 && this.#chance(3))
      this.#get(LOCALS.bound).i32(this.#random(3)).op('i32.sub').op('local.set', LOCALS.bound);
    else if (kind === 5 && this.#chance(3)) this.#get(this.#variable).op('global.set', WORLD.globals.bound);
    else if (kind === 6 && this.#chance(3)) this.#get(LOCALS.second).i32(0).op('i32.store16', 0, 8);
    else if (kind === 7 && this.#chance(6))
      this.#get(LOCALS.second).op('call', WORLD.functions.other).op('local.set', LOCALS.free);
    else code.op('nop');
  }

  /** A way back to the header. */
  #back(): void {
    const code = this.#code;
    const loop = this.#label('loop');
    const form = this.#random(4);
    if (form === 0) {
      this.#block('block', () => {
        this.#condition();
        code.op('br_table').writer.u32(1).u32(0).u32(this.#label('loop'));
      });
    } else if (form === 1) this.#guarded(() => code.op('br', this.#label('loop')));
    else {
      this.#condition();
      code.op('br_if', loop);
    }
  }

  /** A way out of the loop. */
  #exit(to = this.#anyWayOut()): void {
    const code = this.#code;
    const form = this.#random(8);
    if (form === 0) {
      this.#block('block', () => {
        this.#condition();
        code.op('br_table').writer.u32(1).u32(0).u32(this.#label(to));
      });
    } else if (form < 4) {
      const how = this.#pick(['return', 'unreachable', 'throw', 'host', 'call', to, to]);
      this.#guarded(() => this.#jump(how));
    } else {
      this.#condition();
      code.op('br_if', this.#label(to));
    }
  }

  /** Jumps for good: to a label, or by an instruction. */
  #jump(how: string): void {
    const code = this.#code;
    if (this.#labels.includes(how)) {
      code.op('br', this.#label(how));
    } else if (how === 'return') {
      if (this.#hasResult) this.#result();
      code.op('return');
    } else if (how === 'throw' && this.#exceptions !== 'none') this.#get(this.#variable).op('throw', WORLD.tag);
    else if (how === 'host') code.i32(this.#random(2)).op('call', WORLD.functions.fail).op('unreachable');
    else if (how === 'call') this.#leaveByCall();
    else code.op('unreachable');
  }

  #leaveByCall(): void {
    this.#get(this.#variable);
    if (this.#hasResult) this.#code.op('return_call', WORLD.functions.other);
    else this.#code.op('return_call', WORLD.functions.log);
  }

  #either(): void {
    this.#condition();
    this.#code.open('if', 'empty');
    this.#labels.push('if');
    this.#parts(2);
    if (this.#chance(2)) {
      this.#code.op('else');
      this.#parts(2);
    }
    this.#code.end();
    this.#labels.pop();
  }

  /** A loop inside, with its own variable, and a test that is sometimes another one. */
  #nested(): void {
    const code = this.#code;
    code.i32(0).op('local.set', LOCALS.inner);
    this.#block(
      'inner',
      () => {
        this.#escapes();
        this.#parts(1);
        this.#get(LOCALS.inner)
          .i32(this.#pick([1, 1, 2]))
          .op('i32.add')
          .op('local.tee', LOCALS.inner);
        if (this.#chance(4)) this.#get(LOCALS.second);
        else code.i32(this.#pick([0, 2, 8, 300]));
        code.op(`i32.${this.#pick(['lt_u', 'lt_s', 'le_u', 'ne'])}`).op('br_if', this.#label('inner'));
      },
      'loop',
    );
  }

  #valueBlock(): void {
    const code = this.#code;
    code.open('block', 'i32');
    this.#labels.push('block');
    this.#get(this.#variable);
    this.#condition();
    code.op('br_if', 0);
    if (this.#chance(2)) code.op('drop').i32(7);
    code.end().op('local.set', LOCALS.free);
    this.#labels.pop();
  }

  /** Exceptions with the tag end it, and go on behind it. */
  #caught(part: Part): void {
    if (this.#exceptions === 'none') this.#block('block', part);
    else if (this.#exceptions === 'legacy') this.#tried(part);
    else this.#triedByTable(part);
  }

  #tried(part: Part): void {
    const code = this.#code;
    code.open('try', 'empty');
    this.#labels.push('try');
    part();
    if (this.#chance(2)) code.op('catch', WORLD.tag).op('local.set', LOCALS.free);
    else code.op('catch_all');
    if (this.#chance(3)) this.#quiet();
    code.end();
    this.#labels.pop();
  }

  #triedByTable(part: Part): void {
    const code = this.#code;
    code.open('block', 'i32');
    this.#labels.push('caught');
    code.open('try_table', 'empty').writer.u32(1).u8(0).u32(WORLD.tag).u32(0);
    this.#labels.push('try');
    part();
    code.end();
    this.#labels.pop();
    code.i32(3).end().op('local.set', LOCALS.free);
    this.#labels.pop();
  }

  #behindJump(part: Part): void {
    this.#jump('block');
    this.#dead(part);
  }

  /** Code that nothing reaches: a way back, a step, an end of the loop. */
  #dead(part: Part = () => this.#parts(2)): void {
    if (this.#chance(2)) this.#change('local.set');
    part();
    if (this.#chance(3)) this.#back();
  }

  /** `if condition part end` */
  #guarded(part: Part, condition?: 'start'): void {
    if (condition === 'start') this.#get(PARAMS.start).i32(this.#pick(EDGES)).op('i32.eq');
    else this.#condition();
    this.#block('if', part, 'if');
  }

  #block(label: string, part: Part, kind = 'block'): void {
    this.#code.open(kind, 'empty');
    this.#labels.push(label);
    part();
    this.#code.end();
    this.#labels.pop();
  }

  /** Pushes whether the loop goes on, or not: the variable compared with the bound. */
  #compare(variable: Part, comparison = this.#comparison): void {
    const code = this.#code;
    const isFirst = this.#chance(2);
    if (isFirst) variable();
    this.#bound();
    if (!isFirst) variable();
    const exchanged = comparison.replace(/^[lg]/, (letter) => (letter === 'l' ? 'g' : 'l'));
    if (this.#chance(30)) code.op(`i32.${this.#pick(COMPARISONS)}`);
    else code.op(`i32.${isFirst ? comparison : exchanged}`);
  }

  #bound(): void {
    if (this.#constant !== undefined) this.#code.i32(this.#constant);
    else if (this.#chance(12)) this.#code.op('global.get', WORLD.globals.bound);
    else this.#get(this.#pick([PARAMS.bound, LOCALS.bound]));
  }

  /** An i32 that is zero, or is not: always, seldom or by turns. */
  #condition(): void {
    const code = this.#code;
    const kind = this.#random(7);
    if (kind === 0) code.i32(this.#random(2));
    else if (kind === 1)
      this.#get(this.#variable)
        .i32(this.#pick([1, 3, 0xfff]))
        .op('i32.and');
    else if (kind === 2)
      this.#get(this.#variable)
        .i32(this.#pick([0xff, 0xfff, -1]))
        .op('i32.and')
        .op('i32.eqz');
    else if (kind === 3)
      this.#get(this.#variable)
        .i32(this.#constant ?? this.#pick(EDGES))
        .op(`i32.${this.#pick(COMPARISONS)}`);
    else if (kind === 4)
      this.#get(this.#variable)
        .op('local.get', PARAMS.bound)
        .op(`i32.${this.#pick(COMPARISONS)}`);
    else if (kind === 5) code.i32(8).op('i32.load8_u', 0, 0);
    else
      code
        .op('local.get', LOCALS.rounds)
        .i64(BigInt(this.#pick([7, 1_023, 16_383])))
        .op('i64.and')
        .op('i64.eqz');
  }

  #result(): void {
    this.#get(this.#variable).op('local.get', LOCALS.second).op('i32.xor');
  }

  #anyWayOut(): string {
    const ways = OUTSIDE.filter((label) => this.#labels.includes(label) && (label !== 'function' || !this.#hasResult));
    return this.#pick(ways);
  }

  /** A comparison under which a loop with this step goes on. */
  #likelyComparison(): string {
    if (!this.#isNeat && this.#chance(5)) return this.#pick(COMPARISONS);
    if (this.#chance(4)) return 'ne';
    return this.#pick(this.#step > 0 ? ['lt_s', 'lt_u', 'le_s', 'le_u'] : ['gt_s', 'gt_u', 'ge_s', 'ge_u']);
  }

  /** From this far before the bound. */
  #calls(): Call[] {
    return Array.from({ length: 4 }, () => {
      const bound = this.#constant ?? this.#pick(EDGES) + this.#pick([0, 1, 1_000]);
      const size = Math.max(1, Math.abs(this.#step));
      const distance = this.#pick(DISTANCES) * (this.#chance(3) ? 1 : size) * (this.#step < 0 ? -1 : 1);
      const start = this.#chance(8) ? this.#pick(EDGES) : bound - distance;
      return { name: 'f', args: [start | 0, bound | 0] };
    });
  }

  #get(local: number): Code {
    return this.#code.op('local.get', local);
  }

  #label(name: string): number {
    return this.#labels.length - 1 - this.#labels.lastIndexOf(name);
  }

  #chance(oneIn: number): boolean {
    return this.#random(oneIn) === 0;
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[this.#random(items.length)] as Item;
  }
}
