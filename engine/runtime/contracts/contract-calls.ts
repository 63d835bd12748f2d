/** The calls into one instance, as the contract has them that its guest speaks. */
import type { CallSettings } from '../../options.ts';
import type { GuestCalls, Input, Output, OutputKind, OutputSink } from '../guest-calls.ts';

export interface ContractCalls {
  /**
   * @param startedAt when the caller asked, on the clock of `performance.now()`
   * @returns the output, or a promise of it where the guest may have to wait
   */
  call(
    name: string,
    input: Input,
    as: OutputKind | OutputSink,
    settings: CallSettings,
    startedAt: number,
  ): Output | Promise<Output>;
  /** As {@link call}, always at once. */
  callSync(name: string, input: Input, as: OutputKind | OutputSink, settings: CallSettings, startedAt: number): Output;
  /** What comes after the module's start function. @param configText JSON */
  start(configText: string): GuestCalls;
  stop(): GuestCalls;
  /** The instance goes back to the state of its start: what is kept beside it, too. */
  reset(): void;
  /** Bytes that the guest takes of the host's memory beside its linear memory. */
  readonly byteLength: number;
}
