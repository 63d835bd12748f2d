import { createEngine } from '../../engine/index.ts';
import { compileEchoPlugin, ECHO_FUNCTION } from '../call/echo-plugin.ts';
import { shuffle } from '../support/shuffle.ts';
import type { Effort } from './measure-child.ts';
import { timesOf } from './repeat.ts';
import type { GrowthSample } from './results.ts';

const INPUT = new Uint8Array(256).fill(7);

/** One plugin with up to 20 instances: what is over waits in its queue. */
export async function measureCallers({ points, pointMs, below }: Effort): Promise<GrowthSample[]> {
  const bytes = compileEchoPlugin();
  const samples: GrowthSample[] = [];
  for (const executor of shuffle(['inline', 'worker', 'process'] as const, below)) {
    const engine = await createEngine({ executor });
    const plugin = await engine.load(bytes);
    for (const at of points) {
      const together = (): Promise<unknown> =>
        Promise.all(Array.from({ length: at }, () => plugin.callBytes(ECHO_FUNCTION, INPUT)));
      samples.push({ subject: executor, at, us: (await timesOf(pointMs, together)) / at });
    }
    await engine.close();
  }
  return samples;
}
