/**
 * How a call begins and ends, and what becomes of the instance: one call at a time, under fuel and deadline. An instance in which
 * a call ended otherwise than by returning is poisoned: nobody knows what state its memory is in, so it is never called again.
 */
import { bug, isRingfenceError, type RingfenceError } from '../errors.ts';
import { type CallAccount, cancelled, type TimeLimit } from '../host/account.ts';
import type { HostContext } from '../host/context.ts';
import { EXITED } from '../host/wasi/state.ts';
import type { GuestMemory } from '../memory/guest-memory.ts';
import { STACK_OVERFLOW_FUEL } from '../meter/counter.ts';
import type { StackProfile } from '../meter/stack-profile.ts';
import type { CallSettings } from '../options.ts';
import type { Admission } from './admission.ts';
import type { Instantiable } from './runnable.ts';
import { suspensionSlots } from './suspensions.ts';
import { describeEnd, trapContext } from './traps.ts';
import { turns } from './turns.ts';

/** `spent`: the last call ended well, but the instance could not go back to the state that it is to have after each call. */
export type InstanceState = 'created' | 'idle' | 'busy' | 'spent' | 'poisoned' | 'closed';

/** Every call is {@link begin}, then {@link settle} or {@link fail}, and at last {@link end} or {@link leave}. */
export class CallLifecycle {
  state: InstanceState = 'created';
  /** Brings the instance to the state that it is to have after each call; false if that cannot be. */
  goBack: (() => boolean) | undefined;
  readonly admission: Admission;
  readonly #prepared: Instantiable;
  readonly #account: CallAccount;
  readonly #host: HostContext;
  readonly #memory: GuestMemory;
  readonly #profile: StackProfile | undefined;
  readonly #onPoisoned: () => void;

  /** @param onPoisoned told when a call has spoilt the instance */
  constructor(
    prepared: Instantiable,
    host: HostContext,
    admission: Admission,
    profile: StackProfile | undefined,
    onPoisoned: () => void,
  ) {
    this.#prepared = prepared;
    this.#host = host;
    this.#account = host.account;
    this.#memory = host.memory;
    this.admission = admission;
    this.#profile = profile;
    this.#onPoisoned = onPoisoned;
  }

  /** @throws CANCELLED */
  begin(settings: CallSettings, startedAt: number, timeLimit: TimeLimit, isSuspendable: boolean): void {
    if (this.state !== 'idle' && this.state !== 'created') throw bug(`a call into an instance that is ${this.state}`);
    if (settings.signal?.aborted === true) throw cancelled(settings.signal);
    this.state = 'busy';
    if (isSuspendable) this.admission.isSuspendable = true;
    this.#account.begin(settings, startedAt, timeLimit);
    this.#profile?.begin();
  }

  /** Begins a call for which {@link Admission.tryTakeSlot} has taken a slot. */
  beginWithSlot(settings: CallSettings, startedAt: number): void {
    try {
      this.begin(settings, startedAt, 'timeoutMs', true);
    } catch (error) {
      suspensionSlots.give();
      throw error;
    }
    this.admission.keepSlot();
  }

  /** The guest has returned: the books are closed, and the instance is ready for the next call. @throws OUT_OF_FUEL */
  settle(): void {
    this.#account.settleReturn(this.#memory.size);
    this.state = 'idle';
  }

  /** A program has left in good order. Its instance has not returned, so another one takes its place. */
  hasExited(): boolean {
    if (this.#account.ended !== EXITED || this.state !== 'busy') return false;
    this.#account.settleFault(this.#memory.size);
    this.state = 'spent';
    return true;
  }

  /** What to tell the caller of a call that did not end well. */
  fail(error: unknown): RingfenceError {
    // After the guest has returned: the instance is ready again.
    if (this.state !== 'busy') return error as RingfenceError;
    this.state = 'poisoned';
    this.#onPoisoned();
    const account = this.#account;
    const { size } = this.#memory;
    if (isRingfenceError(error)) account.settleFault(size);
    else account.settleTrap(size);
    return describeEnd(account.ended ?? error, trapContext(this.#prepared, size, account.rest === STACK_OVERFLOW_FUEL));
  }

  /** The call has been settled. */
  end(): void {
    this.#host.endCall();
    turns.note(this.#account.startedAt + this.#account.wallMs);
    if (this.goBack !== undefined && this.state === 'idle' && !this.goBack()) this.state = 'spent';
  }

  /** As {@link end}, of a call that may have been suspended. */
  leave(): void {
    this.admission.leave();
    this.end();
  }
}
