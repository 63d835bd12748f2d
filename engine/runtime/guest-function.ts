/** An exported function of an instance, callable in two ways: directly, or so that the guest may be suspended in it. */
import { toPromising } from './jspi.ts';
import { type StackShape, StandingStack } from './standing-stack.ts';
import { type StackOwner, standingStacks } from './standing-stacks.ts';

type Direct = (a: number, b: number) => number | bigint;
type Waiting = (a: number, b: number) => Promise<number | bigint>;

/** After so many calls it may get a stack of its own: to make one costs as much as it saves in a hundred. */
const CALLS_BEFORE = 256;

export class GuestFunction implements StackOwner {
  readonly name: string;
  /** Names its result in messages. */
  readonly output: string;
  readonly direct: Direct;
  /** Of those that may wait. */
  calls = 0;
  #waiting: Waiting | undefined;
  #stack: StandingStack | undefined;
  readonly #shape: StackShape | undefined;
  /** At which call it asks for a stack. */
  #asksAt: number;

  /** @param shape of a function that may have a stack of its own */
  constructor(name: string, direct: Direct, shape?: StackShape) {
    this.name = name;
    this.output = `output of \`${name}\``;
    this.direct = direct;
    this.#shape = shape;
    this.#asksAt = shape === undefined ? Number.POSITIVE_INFINITY : CALLS_BEFORE;
  }

  /** For one call; for the next it may be another function. */
  get waiting(): Waiting {
    if (++this.calls === this.#asksAt) this.#askForStack();
    this.#waiting ??= toPromising<number | bigint>(this.direct);
    return this.#waiting;
  }

  giveUp(): void {
    this.#stack?.end();
    this.#stack = undefined;
    this.#waiting = undefined;
    this.#asksAt = this.calls + CALLS_BEFORE;
  }

  #askForStack(): void {
    if (this.#shape !== undefined && standingStacks.admit(this)) {
      this.#stack = new StandingStack(this.direct, this.#shape);
      this.#waiting = this.#stack.run;
    } else {
      this.#asksAt = this.calls + CALLS_BEFORE;
    }
  }
}
