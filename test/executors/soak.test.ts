import { describe, expect, test } from 'vitest';
import { EXECUTORS } from '../../engine/options.ts';
import { soak } from './soak/soak.ts';

const MIB = 1024 * 1024;
/** What JavaScript's own bookkeeping may add meanwhile; a call that left a hundred bytes behind, or a load 30 KiB, would add more. */
const HEAP_SLACK = MIB;
/** Worker heaps of which nobody asks a collection still find their size. */
const RSS_SLACK = 1.5;

// `npm run soak` does the same for millions of calls.
describe.each(EXECUTORS)('%s keeps nothing', (executor) => {
  test.each([
    { work: 'calls', count: 20_000 },
    { work: 'loads', count: 60 },
  ] as const)('of $count $work', { timeout: 120_000 }, async ({ work, count }) => {
    const { tenths } = await soak({ executor, work, count });
    // The first tenths compile.
    const [settled, last] = [tenths[3], tenths[9]];
    expect(last?.done).toBe(count);
    expect((last?.heap ?? Number.NaN) - (settled?.heap ?? 0)).toBeLessThan(HEAP_SLACK);
    if (settled?.rss !== undefined) expect((last?.rss ?? 0) / settled.rss).toBeLessThan(RSS_SLACK);
  });
});
