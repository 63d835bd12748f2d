/** `ringfence run --record` and `ringfence replay`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compilePlugin, ECHO } from '../support/wat.ts';
import { documentOf, ringfence, temporaryDir, writeIn } from './support/cli.ts';

const dir = temporaryDir();
const echo = writeIn(dir, 'echo.wasm', compilePlugin({ functions: { echo: ECHO, trap: '(unreachable)' } }));
const recording = join(dir, 'echo.jsonl');

test('a call is recorded and replayed', async () => {
  const run = await ringfence(['run', echo, 'echo', '--input', '"ü"', '--record', recording], { cwd: dir });
  expect(run).toMatchObject({ status: 0, stdout: '"ü"\n' });
  const { status, stdout } = await ringfence(['replay', recording]);
  expect({ status, stdout }).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^the same guest 1\.0\.0: 1 call, 2 starts and stops, [\d,]+ fuel\n$/),
  });
});

test('a call that trapped is recorded and replayed', async () => {
  const file = join(dir, 'trap.jsonl');
  expect((await ringfence(['run', echo, 'trap', '--record', file])).status).toBe(26);
  const result = await ringfence(['replay', file, '--plugin', echo, '--json']);
  expect(documentOf(result)).toMatchObject({ ok: true, replay: { calls: 1 } });
});

test('the first difference is told, and is an exit status of its own', async () => {
  const file = join(dir, 'changed.jsonl');
  writeFileSync(file, readFileSync(recording, 'utf8').replace('"output":"\\"ü\\""', '"output":"\\"u\\""'));
  const { status, stderr } = await ringfence(['replay', file]);
  expect(status).toBe(58);
  expect(stderr).toMatch(/error REPLAY_DIFFERS: Line 3, the call of echo in instance 1: the result was/);
  expect(documentOf(await ringfence(['replay', file, '--json']))).toMatchObject({
    ok: false,
    error: { code: 'REPLAY_DIFFERS', details: { line: 3, about: 'result' } },
  });
});

test('what is no recording, and a plugin that is not there', async () => {
  expect((await ringfence(['replay', echo])).status).toBe(57);
  expect((await ringfence(['replay', join(dir, 'none.jsonl')])).status).toBe(57);
  const far = writeIn(temporaryDir(), 'far.jsonl', readFileSync(recording));
  const { status, stderr } = await ringfence(['replay', far]);
  expect(status).toBe(44);
  expect(stderr).toContain('There is no echo.wasm near: say where it is with --plugin <file>');
});
