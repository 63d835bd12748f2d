import { createManager } from '../../engine/index.ts';
import { compileSubscriber } from '../fanout/plugins.ts';
import { shuffle } from '../support/shuffle.ts';
import type { Effort } from './measure-child.ts';
import { timesOf } from './repeat.ts';
import type { GrowthSample } from './results.ts';

const PAYLOAD = { from: 'ada', room: 'lobby', text: 'The quick brown fox jumps over the lazy dog.' };

/** Plugins that look at an event and leave it as it is. */
export async function measureSubscribers({ points, pointMs, below }: Effort): Promise<GrowthSample[]> {
  const source = compileSubscriber('look at it');
  const samples: GrowthSample[] = [];
  for (const executor of shuffle(['inline', 'worker'] as const, below)) {
    for (const at of points) {
      const plugins = Array.from({ length: at }, (_, i) => ({ id: `subscriber-${i}`, source }));
      await using manager = await createManager({ configuration: { engine: { executor }, plugins } });
      await manager.start();
      const send = async (): Promise<void> => {
        const { results } = await manager.emit('message.incoming', PAYLOAD);
        const failed = results.find(({ outcome }) => outcome !== 'passed');
        if (results.length !== at || failed !== undefined)
          throw new Error(`${results.length} of ${at}: ${JSON.stringify(failed)}`);
      };
      samples.push({ subject: executor, at, us: await timesOf(pointMs, send) });
    }
  }
  return samples;
}
