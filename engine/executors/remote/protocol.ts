/**
 * What the engine and a guest host say to each other, over whatever carries it. The engine sends commands, the host reports.
 * Everything is plain data. An operation (starting an instance, a call, stopping an instance) has a slot from the moment the
 * engine asks for it until the host has answered; slots are used again.
 */
import type { ErrorData } from '../../errors.ts';
import type { CallSettings, LogEntry } from '../../options.ts';
import type { InstanceState } from '../../runtime/instance.ts';
import type { Counters } from './counters.ts';
import type { PluginImage } from './plugin-image.ts';

/** What crosses of the settings of a call; its signal and context stay with the engine. */
export type RemoteSettings = Pick<CallSettings, 'limits' | 'deterministic' | 'configText'>;

interface Operation {
  readonly slot: number;
  readonly instance: number;
  /** When it was asked for, on the clock that all threads share. */
  readonly startedAt: number;
}

export interface StartCommand extends Operation {
  readonly op: 'start';
  readonly plugin: number;
  readonly settings: RemoteSettings;
}
export interface CallCommand extends Operation {
  readonly op: 'call';
  /** Index in what the plugin can be called with. */
  readonly fn: number;
  /** Undefined: those that the instance was started with. */
  readonly settings: RemoteSettings | undefined;
  readonly input: Uint8Array;
}
export interface StopCommand extends Operation {
  readonly op: 'stop';
  readonly settings: RemoteSettings;
}

/** From the engine to a guest host. */
export type Command =
  | { readonly op: 'plugin'; readonly plugin: number; readonly image: PluginImage }
  | { readonly op: 'forget'; readonly plugin: number }
  | StartCommand
  | CallCommand
  | StopCommand
  /** Nobody needs the instance any more. */
  | { readonly op: 'drop'; readonly instance: number }
  /** Ends what runs in a slot, if it waits: running code looks at the stop flag of its slot. */
  | { readonly op: 'interrupt'; readonly slot: number }
  /** Of a service. */
  | { readonly op: 'answer'; readonly slot: number; readonly request: number; readonly value: unknown }
  /** What the service threw: an error of ours, or the message of another. */
  | { readonly op: 'refusal'; readonly slot: number; readonly request: number; readonly error: ErrorData | string };

/** From a guest host to the engine. */
export type Report =
  /** It has loaded its code and takes commands. */
  | { readonly op: 'ready' }
  | { readonly op: 'done'; readonly slot: number; readonly counters: Counters; readonly output: Uint8Array }
  | {
      readonly op: 'failed';
      readonly slot: number;
      readonly counters: Counters;
      readonly error: ErrorData;
      readonly state: InstanceState;
    }
  | {
      readonly op: 'log';
      readonly slot: number;
      readonly entry: Pick<LogEntry, 'level' | 'message' | 'source' | 'dropped' | 'fields'>;
    }
  /** An instance that is idle is no longer live; its next call brings it back. */
  | { readonly op: 'evicted'; readonly instance: number /** Bytes that are kept of it. */; readonly snapshots: number }
  /** Lines over the limits that no entry has counted. */
  | { readonly op: 'dropped'; readonly slot: number; readonly lines: number }
  /** A guest needs a service. */
  | {
      readonly op: 'request';
      readonly slot: number;
      readonly request: number;
      readonly service: string;
      readonly method: string;
      readonly args: readonly unknown[];
    };
