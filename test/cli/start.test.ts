/** `ringfence start`: runs the plugins of a file, follows its changes, and stops in good order. */
import { describe, expect, test } from 'vitest';
import { ERRORS } from '../../engine/index.ts';
import { compilePlugin, ECHO } from '../support/wat.ts';
import { ringfence, temporaryDir, writeIn } from './support/cli.ts';
import { Running } from './support/running.ts';

const plugin = (name: string): Uint8Array => compilePlugin({ name, functions: { echo: ECHO } });

function directory(text: string): string {
  const dir = temporaryDir();
  writeIn(dir, 'one.wasm', plugin('one'));
  writeIn(dir, 'two.wasm', plugin('two'));
  writeIn(dir, 'broken.wasm', 'no module');
  writeIn(dir, 'ringfence.yaml', text);
  return dir;
}

describe('ringfence start', () => {
  test('runs what it can, says what it cannot, applies changes of the file, and stops at SIGTERM', async () => {
    const dir = directory('plugins:\n  one: { path: one.wasm }\n  broken: { path: broken.wasm }\n');
    await using running = Running.ringfence(['start'], dir);
    await running.next(/warn .*ringfence\.yaml:3:19: .*broken\.wasm is not a plugin/);
    await running.next(/1 of 2 plugins of ringfence\.yaml run/);

    writeIn(dir, 'ringfence.yaml', 'plugins:\n  one: { path: one.wasm }\n  two: { path: two.wasm }\n');
    await running.next(/two .*starting -> running/);
    await running.next(/ringfence\.yaml is applied: added two; removed broken/);
    expect(running.said.match(/one .*-> (?:starting|stopping)/g)).toHaveLength(1);

    writeIn(dir, 'ringfence.yaml', 'plugins:\n  one: { path: one.wasm, limits: { memry: 1MiB } }\n');
    await running.next(/ringfence\.yaml is not applied, and what ran before goes on/);
    await running.next(/ringfence\.yaml:2:36: \/plugins\/one\/limits\/memry/);

    expect(await running.stop()).toBe(0);
    expect(running.said).toMatch(/one .*stopping -> stopped/);
    expect(running.said).toMatch(/two .*stopping -> stopped/);
    expect(running.said.trim()).toMatch(/stopped$/);
  });

  test('applies the file at SIGHUP where it does not watch it, and tells it as JSON', async () => {
    const dir = directory('plugins:\n  one: { path: one.wasm }\n');
    await using running = Running.ringfence(['start', 'ringfence.yaml', '--no-watch', '--json'], dir);
    await running.next(/1 of 1 plugins/);
    writeIn(dir, 'ringfence.yaml', 'plugins:\n  two: { path: two.wasm }\n');
    running.child.kill('SIGHUP');
    await running.next(/is applied: added two; removed one/);
    expect(await running.stop('SIGINT')).toBe(0);
    const lines = running.said.trim().split('\n');
    for (const line of lines)
      expect(JSON.parse(line)).toMatchObject({ level: expect.any(String), time: expect.any(Number) });
  });

  test('does not start from a file that is not valid', async () => {
    const dir = directory('plugins: { one: { path: one.wasm, supervision: { healthEveryMs: soon } } }');
    const { status, stderr } = await ringfence(['start'], { cwd: dir });
    expect(status).toBe(ERRORS.INVALID_CONFIG.exitCode);
    expect(stderr).toContain('ringfence.yaml:1:65: /plugins/one/supervision/healthEveryMs: expected milliseconds');
  });
});
