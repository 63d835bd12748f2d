/** The address space of the process is used up: an error that says so, and everything goes on once there is room. */
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { EXECUTORS } from '../../engine/index.ts';

const script = new URL('./support/full-address-space.ts', import.meta.url).pathname;
const AGAIN = Array.from({ length: 6 }, (_, i) => `idle-${i}`);

describe('where there is no room for another memory', () => {
  test.for(EXECUTORS)('%s', (executor, { skip }) => {
    const said = execFileSync(process.execPath, ['--no-warnings', script, executor], {
      encoding: 'utf8',
      timeout: 55_000,
    });
    const { isFull, live, ...outcomes } = JSON.parse(said) as Record<string, unknown>;
    skip(isFull !== true, 'the system has room for more memories than this test makes');
    const expected = { withRoom: 'second', again: AGAIN };
    switch (executor) {
      case 'inline':
        // Idle instances make room.
        expect(outcomes).toEqual({ ...expected, withoutRoom: 'MEMORY_LIMIT', late: 'late' });
        expect(live).toBe(0);
        break;
      case 'worker':
        // Node.js ends a thread in which V8 has to look for memory a last time; another is started.
        expect(outcomes).toEqual({ ...expected, withoutRoom: 'EXECUTOR_CRASHED', late: 'EXECUTOR_CRASHED' });
        break;
      default:
        // A child has an address space of its own.
        expect(outcomes).toEqual({ ...expected, withoutRoom: 'first', late: 'late' });
        expect(live).toBe(AGAIN.length);
    }
  });
});
