/** The thread that keeps the compiler warm: its second run is many times as fast as its first. Builds are for debugging. */
import { parentPort } from 'node:worker_threads';
import { buildPlugin } from '../../build/index.ts';
import { withContext } from '../../errors.ts';
import type { BuildAnswer, BuildRequest } from './compiler-protocol.ts';

parentPort?.on('message', async (request: BuildRequest) => {
  parentPort?.postMessage(await build(request));
});

async function build({ source, outDir }: BuildRequest): Promise<BuildAnswer> {
  const startedAt = performance.now();
  try {
    const { manifest, warnings, file } = await buildPlugin({ source, outDir, release: false });
    const { name, version } = manifest;
    const ms = performance.now() - startedAt;
    return { ok: true, value: { file: file as string, name, version, warnings, ms } };
  } catch (error) {
    return { ok: false, error: withContext(error, {}).toJSON() };
  }
}
