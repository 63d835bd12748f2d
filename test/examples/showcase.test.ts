/** `npm start` as a user runs it, without a terminal: everything as it should be, and nothing left running. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { canSuspend } from '../../engine/runtime/jspi.ts';

const main = fileURLToPath(new URL('../../examples/showcase/main.ts', import.meta.url));

test.skipIf(!canSuspend)('the showcase (needs JSPI: Node.js 24)', async () => {
  const child = spawn(process.execPath, [main], { stdio: ['ignore', 'pipe', 'pipe'] });
  // It is over when its streams are closed: by then it has let go of the server, the engine and its plugins.
  const [output, errors, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  expect({ status, errors }).toEqual({ status: 0, errors: '' });
  for (const plugin of [
    'calculator',
    'word-count',
    'music-source',
    'markdown',
    'csv-query',
    'template',
    'spinner',
    'hoarder',
  ])
    expect(output).toContain(plugin);
  expect(output).toMatch(/^ {2}✓ spinner\.spin .*→ stopped: OUT_OF_FUEL,.*\n {6}meanwhile the calculator gave [1-9]/m);
  expect(output).toMatch(
    /^ {2}✓ hoarder\.grow .*→ stopped: (TRAP|MEMORY_LIMIT),.*\n {6}meanwhile the calculator gave [1-9]/m,
  );
  expect(output).toMatch(/^ {2}allowed +500,000,000 +16 MiB +5 s/m);
  expect(output).toMatch(/^ {2}music-source\.\w+ .* [1-9]\d* {2}answered$/m);
  expect(output).toContain('All as it should be.');
  expect(output).not.toContain('✗');
  expect(output).not.toContain('\u001b');
});
