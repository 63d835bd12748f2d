/** Subscribers for the fan-out benchmark. */
import { countingPlugin } from '../../test/support/counting-plugin.ts';
import { compilePlugin, returnText } from '../../test/support/wat.ts';

/** How the subscribers treat the event. */
export const KINDS = ['look at it', 'may change it'] as const;
export type SubscriberKind = (typeof KINDS)[number];

export function compileSubscriber(kind: SubscriberKind): Uint8Array<ArrayBuffer> {
  const subscription = kind === 'look at it' ? 'message.incoming' : { event: 'message.incoming', may: ['change'] };
  const answer = returnText('$answer', '{"result":true}');
  const plugin = countingPlugin({
    name: 'subscriber',
    manifest: { events: { subscribes: [subscription] } },
    hooks: { on_event: answer.body },
  });
  return compilePlugin({ ...plugin, extra: `${plugin.extra} ${answer.data}` });
}
