/** Which events a plugin handles, and what it may do with them, as its manifest says. */
import type { Manifest } from './manifest.ts';

/** What a handler may do with an event besides looking at it. */
export const EVENT_EFFECTS = ['change', 'stop'] as const;
export type EventEffect = (typeof EVENT_EFFECTS)[number];

/** One entry of `events.subscribes`: a pattern of events, alone or with what is particular to it. */
export type SubscriptionInput =
  | string
  | {
      /** Such as `message.incoming`, or `message.*`. */
      readonly event: string;
      /** What the plugin may do with it. @default it looks at it */
      readonly may?: readonly EventEffect[];
      /** @default that of the plugin */
      readonly priority?: number;
    };

export interface Subscription {
  readonly event: string;
  readonly may: readonly EventEffect[];
  /** From -1000 to 1000; those of higher priority see an event first. */
  readonly priority: number | undefined;
}

/** The subscriptions of a manifest, filled in. */
export function subscriptionsOf({ events }: Pick<Manifest, 'events'>): readonly Subscription[] {
  return (events?.subscribes ?? []).map((entry) => {
    const { event, may = [], priority } = typeof entry === 'string' ? { event: entry } : entry;
    return { event, may, priority: priority ?? events?.priority };
  });
}
