/** An exported function of an instance, callable in two ways: directly, or so that the guest may be suspended in it. */
import { toPromising } from './jspi.ts';

type Direct = (a: number, b: number) => number | bigint;
type Waiting = (a: number, b: number) => Promise<number | bigint>;

/** After so many short calls in a row a function is called directly: suspending costs more than such a call itself. */
const TRUSTED_AFTER = 3;

export class GuestFunction {
  readonly name: string;
  /** Names its result in messages. */
  readonly output: string;
  readonly direct: Direct;
  #waiting: Waiting | undefined;
  #shortCalls = 0;
  #hasBeenLong = false;

  constructor(name: string, direct: Direct) {
    this.name = name;
    this.output = `output of \`${name}\``;
    this.direct = direct;
  }

  get waiting(): Waiting {
    this.#waiting ??= toPromising<number | bigint>(this.direct);
    return this.#waiting;
  }

  /** Its calls have been too short to give others a turn in between. One long call ends that for good. */
  get isShort(): boolean {
    return this.#shortCalls >= TRUSTED_AFTER;
  }

  /** Learns from a call that has returned. */
  note(isLong: boolean): void {
    if (isLong) {
      this.#hasBeenLong = true;
      this.#shortCalls = 0;
    } else if (!this.#hasBeenLong && this.#shortCalls < TRUSTED_AFTER) {
      this.#shortCalls++;
    }
  }
}
