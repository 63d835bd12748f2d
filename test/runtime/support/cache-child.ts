/** A process among several that share a disk cache: loads plugins over and over, each time with nothing in memory. */
import { writeSync } from 'node:fs';
import { DEFAULT_LIMITS } from '../../../engine/limits.ts';
import { DiskCache, type DiskCacheCounts } from '../../../engine/runtime/disk-cache.ts';
import { Preparer } from '../../../engine/runtime/prepare.ts';
import { random } from '../../support/random.ts';

export interface CacheJob {
  readonly directory: string;
  readonly maxBytes: number;
  readonly seed: number;
  readonly rounds: number;
  /** Modules in Base64; the version in their manifests is their place in this list. */
  readonly plugins: readonly string[];
}

export interface CacheReport {
  readonly wrong: number;
  readonly counts: DiskCacheCounts;
  readonly warnings: readonly string[];
}

const job = JSON.parse(process.argv[2] ?? '') as CacheJob;
const plugins = job.plugins.map((text) => Uint8Array.from(Buffer.from(text, 'base64')));
const below = random(job.seed);
const warnings: string[] = [];
const disk = new DiskCache({ ...job, warn: (message) => warnings.push(message) });
let wrong = 0;
for (let round = 0; round < job.rounds; round++) {
  const preparer = new Preparer({ disk });
  const which = below(plugins.length);
  const { module, manifest, report } = await preparer.prepare(plugins[which] as Uint8Array, {
    maxBytes: 1e6,
    limits: () => DEFAULT_LIMITS,
  });
  const { refill, begin } = report.hidden;
  const imports = refill === undefined ? {} : { [refill.module]: { [refill.name]: () => -1 } };
  const { exports } = new WebAssembly.Instance(module, imports);
  (exports[begin] as (fuel: number) => void)(1e6);
  const answer = (exports.plugin_which as (pointer: number, length: number) => bigint)(0, 0);
  if (manifest.version !== `1.0.${which}` || answer !== BigInt(which)) wrong++;
  await preparer.close();
}
writeSync(1, JSON.stringify({ wrong, counts: disk.counts, warnings } satisfies CacheReport));
