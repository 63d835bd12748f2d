/** Ctrl-C ends the call, not the process: the plugin is stopped and the failure told like any other. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { canSuspend } from '../../engine/runtime/jspi.ts';
import { compilePlugin, returnText } from '../support/wat.ts';
import { REPOSITORY, temporaryDir, writeIn } from './support/cli.ts';

const line = returnText('$line', 'spinning');
const plugin = writeIn(
  temporaryDir(),
  'spinner.wasm',
  compilePlugin({
    imports: '(import "env" "log" (func $log (param i32 i32 i32)))',
    functions: {
      spin: `${line.body} (drop) (call $log (i32.const 2) (local.get $at) (i32.const 8)) (loop $l (br $l)) (unreachable)`,
    },
    extra: line.data,
  }),
);

test.skipIf(!canSuspend)('an interrupted call ends with CANCELLED (needs JSPI: Node.js 24)', async () => {
  const limits = ['--limit', 'fuel=70000G', '--limit', 'timeoutMs=60s'];
  const child = spawn(process.execPath, [
    join(REPOSITORY, 'engine/cli/main.ts'),
    'run',
    plugin,
    'spin',
    '--json',
    '--no-cache',
    ...limits,
  ]);
  const output = text(child.stdout);
  const ended = once(child, 'close');
  await once(child.stderr, 'data');
  child.kill('SIGINT');
  expect(await ended).toEqual([23, null]);
  expect(JSON.parse(await output)).toMatchObject({ ok: false, error: { code: 'CANCELLED' } });
});
