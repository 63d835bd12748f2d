/**
 * The seam between the calls of an instance and the contract that a guest speaks. Our own ABI has calls of its own (own-calls.ts), because
 * nothing may stand in their way; all others are behind this interface.
 */
import type { HostContext } from '../../host/context.ts';
import type { GuestCalls, Input, Output, OutputKind, OutputSink } from '../guest-calls.ts';
import type { GuestFunction } from '../guest-function.ts';
import type { Instantiable, RunnablePlugin } from '../runnable.ts';
import { AssemblyScriptGuest } from './assemblyscript-guest.ts';
import { CommandGuest } from './command-guest.ts';
import { ComponentGuest } from './component-guest.ts';
import { ExtismGuest } from './extism-guest.ts';
import { LibraryGuest } from './library-guest.ts';

/** What a guest's answer is: output, or an error that leaves the instance in use. */
export type ForeignAnswer = Output | Error;

interface BaseGuest {
  /** What it imports beside host functions, by module. */
  readonly imports: WebAssembly.Imports;
  /** The instance is there; nothing of it has run. */
  attach(exports: WebAssembly.Exports): void;
  /** What comes after the module's start function. */
  start(): GuestCalls;
  /** The instance goes back to the state of its start: what is kept beside it, too. */
  reset(): void;
  /** Bytes that it takes of the host's memory beside its linear memory. */
  readonly byteLength: number;
}

/** A call of it is one call of one function, which takes no arguments. */
export interface SingleCallGuest extends BaseGuest {
  /** Puts the input where the function finds it. @returns the function, or what is wrong with the input */
  begin(name: string, input: Input): GuestFunction | Error;
  /** What the function has left. */
  end(name: string, answer: number | bigint | undefined, as: OutputKind | OutputSink): ForeignAnswer;
}

/** A call of it is a sequence of calls. */
export interface SequenceGuest extends BaseGuest {
  call(name: string, input: Input, as: OutputKind | OutputSink): GuestCalls<ForeignAnswer>;
}

export type ForeignGuest = SingleCallGuest | SequenceGuest;

/** The guest of a plugin; undefined for one of our own ABI. */
export function foreignGuest(plugin: RunnablePlugin<Instantiable>, host: HostContext): ForeignGuest | undefined {
  switch (plugin.prepared.contract) {
    case 'ringfence':
      return undefined;
    case 'extism':
      return new ExtismGuest(plugin, host);
    case 'wasi-p1-command':
      return new CommandGuest(host);
    case 'wasi-p1':
      return new LibraryGuest(plugin, host);
    case 'assemblyscript':
      return new AssemblyScriptGuest(plugin, host);
    case 'component':
      return new ComponentGuest(plugin, host);
  }
}
