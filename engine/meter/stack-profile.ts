/**
 * The host's half of a fuel profile: hears who is entered and left, and adds up what each stack of calls used. The sum over
 * all stacks is the fuel of the call, to the unit.
 */

/** Stacks kept apart, and frames of one of them: what is beyond is counted with the frame it was called from. */
const MAX_STACKS = 100_000;
const MAX_FRAMES = 200;
const FUNCTIONS = 2 ** 21;
const ROOT = 0;

/** Fuel that was used while exactly these functions were active. */
export interface StackFuel {
  /** Indices in the module's own function index space, outermost first. Empty: no function was active. */
  readonly functions: readonly number[];
  readonly fuel: number;
}

export class StackProfile {
  readonly #granted: () => number;
  /** By stack: its innermost function, the stack that called it, and the fuel of its own. Stack 0 is the empty one. */
  #functions: number[] = [];
  #callers: number[] = [];
  #frames: number[] = [];
  #fuel: number[] = [];
  /** Stack by caller and function, in one number. */
  readonly #known = new Map<number, number>();
  /** The stacks that are open, by depth; `#open[depth - 1]` is running. */
  #open: number[] = [];
  #used = 0;

  /** @param granted fuel handed to the guest so far: less what it has left, that is what it used */
  constructor(granted: () => number) {
    this.#granted = granted;
    this.begin();
  }

  /** Forgets everything: a call begins. */
  begin(): void {
    this.#functions = [-1];
    this.#callers = [ROOT];
    this.#frames = [0];
    this.#fuel = [0];
    this.#known.clear();
    this.#open = [];
    this.#used = 0;
  }

  /** The hook of the same name. @returns the depth to leave it with */
  readonly enter = (funcIndex: number, fuelAtHand: number): number => {
    this.#count(fuelAtHand);
    return this.#open.push(this.#stackWith(funcIndex)) - 1;
  };

  /** The hook of the same name. */
  readonly leave = (depth: number, fuelAtHand: number): void => {
    this.#count(fuelAtHand);
    if (depth < this.#open.length) this.#open.length = depth;
  };

  /**
   * The call is over.
   * @param fuelAtHand what is left of what was granted; undefined where nobody knows any more
   */
  end(fuelAtHand: number | undefined): void {
    if (fuelAtHand !== undefined) this.#count(fuelAtHand);
    this.#open = [];
  }

  /** What has been counted so far. */
  get used(): number {
    return this.#used;
  }

  /** All stacks that used fuel of their own. */
  stacks(): StackFuel[] {
    return this.#fuel.flatMap((fuel, stack) => (fuel === 0 ? [] : [{ functions: this.#functionsOf(stack), fuel }]));
  }

  #count(fuelAtHand: number): void {
    const used = this.#granted() - fuelAtHand;
    const running = this.#open.at(-1) ?? ROOT;
    this.#fuel[running] = (this.#fuel[running] as number) + used - this.#used;
    this.#used = used;
  }

  #stackWith(funcIndex: number): number {
    const caller = this.#open.at(-1) ?? ROOT;
    const key = caller * FUNCTIONS + funcIndex;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const frames = (this.#frames[caller] as number) + 1;
    const stack = this.#functions.length;
    if (frames > MAX_FRAMES || stack > MAX_STACKS) return caller;
    this.#functions.push(funcIndex);
    this.#callers.push(caller);
    this.#frames.push(frames);
    this.#fuel.push(0);
    this.#known.set(key, stack);
    return stack;
  }

  #functionsOf(stack: number): number[] {
    const functions: number[] = [];
    for (let at = stack; at !== ROOT; at = this.#callers[at] as number)
      functions.unshift(this.#functions[at] as number);
    return functions;
  }
}
