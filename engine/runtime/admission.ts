/** What a call has to wait for before it may run: its plugin's turn on this thread, and one of the slots for calls that can be suspended. */
import { type CallAccount, SLICE_FUEL } from '../host/account.ts';
import type { CallSettings } from '../options.ts';
import { canSuspend } from './jspi.ts';
import type { Instantiable, RunnablePlugin } from './runnable.ts';
import { suspensionSlots } from './suspensions.ts';
import { turns } from './turns.ts';

/** That of the calls of one instance, one after the other. */
export class Admission {
  /** The running call may be suspended wherever no plain JavaScript stands between; false again when it has left. */
  isSuspendable = false;
  /** The call at hand has one of the slots. */
  #hasSlot = false;
  readonly #plugin: RunnablePlugin<Instantiable>;
  readonly #account: CallAccount;

  constructor(plugin: RunnablePlugin<Instantiable>, account: CallAccount) {
    this.#plugin = plugin;
    this.#account = account;
  }

  /** Such a call has something to wait for, or more fuel than it gets at a time. */
  mayBeSuspended({ limits }: CallSettings): boolean {
    return canSuspend && (this.#plugin.waiting.length > 0 || limits.fuel > SLICE_FUEL);
  }

  /** True for a call that can be suspended and need not wait before: a slot is taken for it. */
  tryTakeSlot(isCrowded: boolean): boolean {
    return !isCrowded && canSuspend && suspensionSlots.tryTake();
  }

  /** The call that begins has the slot that {@link tryTakeSlot} has taken. */
  keepSlot(): void {
    this.#hasSlot = true;
  }

  /** What the call has to wait for; undefined: nothing. Afterwards it has a slot, where it can be suspended. */
  enter(isCrowded: boolean): Promise<void> | undefined {
    if (isCrowded || (canSuspend && !suspensionSlots.tryTake())) return this.#wait(isCrowded);
    this.#hasSlot = canSuspend;
    return undefined;
  }

  /** The call is over. */
  leave(): void {
    this.isSuspendable = false;
    if (this.#hasSlot) suspensionSlots.give();
    this.#hasSlot = false;
  }

  /** Waits until it is this plugin's turn on this thread. */
  async takeTurn(): Promise<void> {
    const place = turns.join(this.#plugin);
    try {
      await this.#account.wait(place.reached);
    } finally {
      place.leave();
    }
    this.#account.beginTurn();
  }

  async #wait(isCrowded: boolean): Promise<void> {
    if (isCrowded) await this.takeTurn();
    if (!canSuspend) return;
    if (!suspensionSlots.tryTake()) await this.#waitForSlot();
    this.#hasSlot = true;
  }

  async #waitForSlot(): Promise<void> {
    const place = suspensionSlots.join(this.#plugin);
    try {
      await this.#account.wait(place.reached);
    } catch (error) {
      // One that came too late is not lost.
      if (!place.leave()) suspensionSlots.give();
      throw error;
    }
  }
}
