/** How much memory metering takes beside its input and output: a MemoryJob on stdin, a MemorySample on stdout. A fresh process each. */
import { readFileSync } from 'node:fs';
import { meter } from '../../engine/meter/index.ts';
import type { MemoryJob, MemorySample } from './job.ts';

const { file } = JSON.parse(readFileSync(0, 'utf8')) as MemoryJob;
const bytes = new Uint8Array(readFileSync(file));
const peakBytes = (): number => process.resourceUsage().maxRSS * 1024;

// The empty module brings in what every module needs.
meter(Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00));
const before = process.memoryUsage.rss();
const peakBefore = peakBytes();
const metered = meter(bytes);
const peak = peakBytes();
const sample: MemorySample = {
  extraBytes: peak > peakBefore ? Math.max(0, peak - before - metered.bytes.length) : undefined,
};
process.stdout.write(JSON.stringify(sample));
