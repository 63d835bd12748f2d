/**
 * What calls allocate on the JavaScript heap, counted and not timed. V8 runs without its optimising compilers, so that the counts
 * do not depend on what it had optimised by then; `npm run bless` writes down what is so now.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Recorded } from './recorded.ts';

const WITHOUT_OPTIMISING = ['--no-opt', '--no-maglev', '--no-sparkplug'];
/** V8 counts in pieces of memory that it hands out, not in objects. */
const TOLERANCE = 1.15;

describe('calls allocate no more than they did', () => {
  const child = join(import.meta.dirname, 'calls-child.ts');
  const printed = execFileSync(process.execPath, [...WITHOUT_OPTIMISING, child], { encoding: 'utf8' });
  const now = new Map(Object.entries(JSON.parse(printed) as Record<string, number>));
  const recorded = new Recorded<number>('calls');
  recorded.bless(now);

  test.each(recorded.names)('%s', (name) => {
    const bytes = now.get(name);
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(recorded.get(name) * TOLERANCE);
  });
});
