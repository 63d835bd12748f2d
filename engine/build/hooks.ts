/** The functions that a plugin may export for the engine, not for callers. */
import type { GuestType } from './guest-type.ts';

type Kind = GuestType['kind'];

export interface HookShape {
  /** For messages and documents. */
  readonly signature: string;
  /** Kinds that each parameter may have; parameters at the end may be left out. */
  readonly parameters: readonly (readonly Kind[])[];
  readonly results: readonly (Kind | 'void')[];
}

const STATE: readonly Kind[] = ['json', 'bytes', 'string'];

export const HOOKS = {
  onInit: { signature: 'onInit(config: Json): void', parameters: [['json']], results: ['void'] },
  onStart: { signature: 'onStart(): void', parameters: [], results: ['void'] },
  onStop: { signature: 'onStop(): void', parameters: [], results: ['void'] },
  onCleanup: { signature: 'onCleanup(): void', parameters: [], results: ['void'] },
  onHealth: { signature: 'onHealth(): bool', parameters: [], results: ['boolean', 'void'] },
  onEvent: {
    signature: 'onEvent(event: string, payload: Json): void',
    parameters: [['string'], ['json']],
    results: ['void', 'json', 'string', 'number', 'integer', 'boolean', 'array'],
  },
  saveState: { signature: 'saveState(): Json', parameters: [], results: STATE },
  restoreState: { signature: 'restoreState(state: Json): void', parameters: [STATE], results: ['void'] },
} as const satisfies Record<string, HookShape>;

export type HookName = keyof typeof HOOKS;
