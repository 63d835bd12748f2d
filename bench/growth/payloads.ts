import { createEngine } from '../../engine/index.ts';
import { Bridge } from '../call/bridge.ts';
import { compileEchoPlugin, ECHO_FUNCTION } from '../call/echo-plugin.ts';
import { shuffle } from '../support/shuffle.ts';
import type { Effort } from './measure-child.ts';
import { timesOf } from './repeat.ts';
import type { GrowthSample } from './results.ts';

/** The echo of `bench:call`: its input has to be copied in, its output out. */
export async function measurePayloads({ points, pointMs, below }: Effort): Promise<GrowthSample[]> {
  const bytes = compileEchoPlugin();
  const limits = { memory: '256MiB', inputBytes: '16MiB', outputBytes: '16MiB' };
  const engines = await Promise.all(
    (['inline', 'worker', 'process'] as const).map((executor) => createEngine({ executor, workers: 1, limits })),
  );
  const [inline, worker, process] = await Promise.all(engines.map((engine) => engine.load(bytes)));
  const bridge = new Bridge(await WebAssembly.compile(bytes));
  const lines: readonly (readonly [string, (input: Uint8Array) => unknown])[] = [
    ['bridge', (input) => bridge.echo(input)],
    ['inline-sync', (input) => inline?.callBytesSync(ECHO_FUNCTION, input)],
    ['inline', (input) => inline?.callBytes(ECHO_FUNCTION, input)],
    ['worker', (input) => worker?.callBytes(ECHO_FUNCTION, input)],
    ['process', (input) => process?.callBytes(ECHO_FUNCTION, input)],
  ];
  const samples: GrowthSample[] = [];
  for (const at of shuffle(points, below)) {
    const input = new Uint8Array(at).fill(7);
    for (const [subject, echo] of shuffle(lines, below)) {
      samples.push({ subject, at, us: await timesOf(pointMs, () => echo(input)) });
    }
  }
  await Promise.all(engines.map((engine) => engine.close()));
  return samples;
}
