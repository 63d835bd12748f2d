/** An exported function of an instance, callable in two ways: directly, or so that the guest may be suspended in it. */
import { toPromising } from './jspi.ts';

type Direct = (a: number, b: number) => number | bigint;
type Waiting = (a: number, b: number) => Promise<number | bigint>;

export class GuestFunction {
  readonly name: string;
  /** Names its result in messages. */
  readonly output: string;
  readonly direct: Direct;
  #waiting: Waiting | undefined;

  constructor(name: string, direct: Direct) {
    this.name = name;
    this.output = `output of \`${name}\``;
    this.direct = direct;
  }

  get waiting(): Waiting {
    this.#waiting ??= toPromising<number | bigint>(this.direct);
    return this.#waiting;
  }
}
