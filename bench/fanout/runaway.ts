/** A subscriber that never returns. */
import { countingPlugin } from '../../test/support/counting-plugin.ts';
import { compilePlugin } from '../../test/support/wat.ts';

export const compileRunaway = (): Uint8Array<ArrayBuffer> =>
  compilePlugin(
    countingPlugin({
      name: 'runaway',
      manifest: { events: { subscribes: ['message.*'], priority: 10 } },
      hooks: { on_event: '(loop $l (br $l)) (i64.const 0)' },
    }),
  );
