/**
 * The function that metered guests import for fuel. Where guests can be suspended an adapter stands in between (jspi.ts); it is
 * made for many guests at a time, since one for each would be a good part of what it takes to make an instance.
 */
import type { CallAccount } from '../host/account.ts';
import { adapt, canSuspend, openGate, type WaitingImport } from './jspi.ts';

/** The import of one guest; no other guest ever gets it. */
export interface RefillImport {
  readonly fn: WebAssembly.ExportValue & CallableFunction;
  /** The guest is done with: nothing of it is kept for the sake of the others. If it asks all the same, it ends. */
  release(): void;
}

/**
 * @param isSuspendable whether the guest may be suspended right now
 * @param takeTurn lets others run
 */
export function refillImport(
  account: CallAccount,
  isSuspendable: () => boolean,
  takeTurn: () => Promise<void>,
): RefillImport {
  if (!canSuspend) return { fn: ((left: number) => account.refill(left)) as RefillImport['fn'], release: () => {} };
  const place = places.pop() ?? firstOfMore();
  place.bind(new Refill(account, isSuspendable, takeTurn));
  return place;
}

/** Answers at once as a rule; when the guest's turn is over, the guest waits for its next one. */
class Refill {
  readonly #account: CallAccount;
  readonly #isSuspendable: () => boolean;
  readonly #takeTurn: () => Promise<void>;
  #rest = 0;

  constructor(account: CallAccount, isSuspendable: () => boolean, takeTurn: () => Promise<void>) {
    this.#account = account;
    this.#isSuspendable = isSuspendable;
    this.#takeTurn = takeTurn;
  }

  enter(left: number): number {
    const amount = this.#account.refill(left, this.#isSuspendable());
    if (!Number.isNaN(amount)) return amount;
    this.#rest = left;
    openGate();
    return amount;
  }

  async wait(): Promise<number> {
    await this.#takeTurn();
    return this.#account.refill(this.#rest);
  }
}

/** Guests whose imports are made together. The adapter lives as long as the last of them. */
const TOGETHER = 16;
/** Ends the guest. */
const NO_MORE = -1;

/** What one function of an adapter leads to. */
class Place implements RefillImport {
  fn!: RefillImport['fn'];
  #refill: Refill | undefined;

  /** What the adapter calls. */
  asImport(name: string): WaitingImport {
    return {
      name,
      params: ['f64'],
      results: ['f64'],
      enter: (left: number) => this.#refill?.enter(left) ?? NO_MORE,
      wait: async () => this.#refill?.wait() ?? NO_MORE,
    };
  }

  bind(refill: Refill): void {
    this.#refill = refill;
  }

  release(): void {
    this.#refill = undefined;
  }
}

/** Made, and not given to anybody yet. */
let places: Place[] = [];

function firstOfMore(): Place {
  const made = Array.from({ length: TOGETHER }, () => new Place());
  const adapted = adapt(made.map((place, i) => place.asImport(String(i))));
  made.forEach((place, i) => {
    place.fn = adapted[i] as Place['fn'];
  });
  const [first, ...rest] = made;
  places = rest;
  return first as Place;
}
