/** Sequences of guest calls, and what goes in and out of them. Whoever runs one decides whether the guest may be suspended in it. */
import type { GuestFunction } from './guest-function.ts';

/** Text as UTF-8, or bytes. */
export type Input = string | Uint8Array;
export type Output = string | Uint8Array<ArrayBuffer>;
export type OutputKind = 'text' | 'bytes';

/** Takes the output out of guest memory itself, where it is to lie somewhere else than in a fresh array. */
export interface OutputSink {
  /** @param bytes guest memory: to be copied before this returns */
  take(bytes: Uint8Array): Uint8Array<ArrayBuffer>;
}

/** One step of a sequence of guest calls; it is sent what the guest returned. */
export interface GuestCall {
  readonly fn: Pick<GuestFunction, 'direct' | 'waiting'>;
  readonly a: number;
  readonly b: number;
  /** In place of the two, where the function is not one of ours. */
  readonly args?: readonly (number | bigint)[];
}
export type GuestCalls<Result = void> = Generator<GuestCall, Result, number | bigint | undefined>;
