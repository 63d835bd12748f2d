/** Messages between the host and the plugin in a child. */
import type { FailureMessage } from '../source/failure.ts';

export type ToPlugin =
  | { readonly op: 'init'; readonly catalogue: string }
  | { readonly op: 'call'; readonly id: number; readonly name: string; readonly input: unknown };

export type FromPlugin =
  | { readonly op: 'ready' }
  | { readonly op: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly op: 'failure'; readonly id: number; readonly failure: FailureMessage };
