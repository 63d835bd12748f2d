/** `ringfence status`, `reload` and `rollback`, asked of a real `ringfence start`. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { socketPath } from '../../engine/cli/control/socket-path.ts';
import { ERRORS, type PluginStatus } from '../../engine/index.ts';
import { failureSync } from '../support/errors.ts';
import { compilePlugin, ECHO } from '../support/wat.ts';
import { documentOf, ringfence, temporaryDir, writeIn } from './support/cli.ts';
import { Running } from './support/running.ts';

const version = (number: string): Uint8Array =>
  compilePlugin({ name: 'one', version: number, functions: { echo: ECHO } });

function directory(): string {
  const dir = temporaryDir();
  writeIn(dir, 'one.wasm', version('1.0.0'));
  writeIn(dir, 'ringfence.yaml', 'plugins:\n  one: { path: one.wasm }\n');
  return dir;
}

const statusOf = async (cwd: string): Promise<PluginStatus> => {
  const { value } = documentOf(await ringfence(['status', '--json'], { cwd })) as { value: PluginStatus[] };
  return value[0] as PluginStatus;
};

async function sends(dir: string, line: string): Promise<string> {
  const socket = connect(socketPath(join(dir, 'ringfence.yaml')));
  socket.write(line);
  return text(socket);
}

describe.skipIf(process.platform === 'win32')('a running configuration', () => {
  test('tells how its plugins are, changes to a new version, and goes back', async () => {
    const cwd = directory();
    await using running = Running.ringfence(['start', '--no-watch'], cwd);
    await running.next(/1 of 1 plugins/);
    expect(await statusOf(cwd)).toMatchObject({ id: 'one', state: 'running', version: '1.0.0', kept: [] });
    const table = await ringfence(['status'], { cwd });
    expect(table.stdout).toMatch(/^one +running +1\.0\.0/m);

    writeIn(cwd, 'one.wasm', version('2.0.0'));
    const reload = await ringfence(['reload', 'one'], { cwd });
    expect(reload).toMatchObject({ status: 0, stdout: 'one: 1.0.0 -> 2.0.0\n' });
    expect(await statusOf(cwd)).toMatchObject({ version: '2.0.0', kept: [{ version: '1.0.0' }] });

    const back = await ringfence(['rollback', 'one', '1.0.0', '-f', join(cwd, 'ringfence.yaml')], { cwd: '/' });
    expect(back).toMatchObject({ status: 0, stdout: expect.stringMatching(/^one: 2\.0\.0 -> 1\.0\.0/) });
    expect(await statusOf(cwd)).toMatchObject({ state: 'running', version: '1.0.0' });
    expect(await running.stop()).toBe(0);
  });

  test('a version that will not do, one that is not kept, and a plugin that is not there are errors; nothing changes', async () => {
    const cwd = directory();
    await using running = Running.ringfence(['start', '--no-watch'], cwd);
    await running.next(/1 of 1 plugins/);
    writeIn(cwd, 'one.wasm', 'no module');
    expect((await ringfence(['reload', 'one'], { cwd })).status).not.toBe(0);
    const none = await ringfence(['rollback', 'one'], { cwd });
    expect(none.status).toBe(ERRORS.UNKNOWN_PLUGIN.exitCode);
    expect(none.stderr).toContain('No earlier version');
    const missing = await ringfence(['rollback', 'two', '--json'], { cwd });
    expect(documentOf(missing)).toMatchObject({ ok: false, error: { code: 'UNKNOWN_PLUGIN' } });
    expect(await statusOf(cwd)).toMatchObject({ state: 'running', version: '1.0.0' });
    for (const junk of ['junk\n', '{}\n', '{"ask":"rollback"}\n', '{"ask":"reload","plugin":1}\n', '[]\n', 'null\n'])
      expect(JSON.parse(await sends(cwd, junk))).toMatchObject({ ok: false, error: { code: 'INVALID_INPUT' } });
    await sends(cwd, 'x'.repeat(100_000)).catch(() => undefined);
    expect(await statusOf(cwd)).toMatchObject({ state: 'running' });
    expect(await running.stop()).toBe(0);
  });

  test('that was killed leaves nothing in the way of the next; a second one of the same file says that it is not the first', async () => {
    const cwd = directory();
    const killed = Running.ringfence(['start'], cwd);
    await killed.next(/1 of 1 plugins/);
    await killed.stop('SIGKILL');
    const nobody = await ringfence(['status'], { cwd });
    expect(nobody.status).toBe(ERRORS.UNAVAILABLE.exitCode);
    expect(nobody.stderr).toContain('ringfence start ringfence.yaml');

    await using first = Running.ringfence(['start'], cwd);
    await first.next(/1 of 1 plugins/);
    await using second = Running.ringfence(['start'], cwd);
    await second.next(/do not reach this process\. Another `ringfence start` runs this file/);
    await second.next(/1 of 1 plugins/);
    expect(await second.stop()).toBe(0);
    expect(await statusOf(cwd)).toMatchObject({ state: 'running' });
  });

  test('does not listen where others could give orders', () => {
    const dir = directory();
    const runtime = temporaryDir();
    const folder = join(runtime, `ringfence-${userInfo().uid}`);
    mkdirSync(folder);
    chmodSync(folder, 0o777);
    writeFileSync(join(folder, 'x'), '');
    const { XDG_RUNTIME_DIR } = process.env;
    process.env.XDG_RUNTIME_DIR = runtime;
    try {
      failureSync(() => socketPath(join(dir, 'ringfence.yaml')), 'INVALID_OPTION');
    } finally {
      if (XDG_RUNTIME_DIR === undefined) delete process.env.XDG_RUNTIME_DIR;
      else process.env.XDG_RUNTIME_DIR = XDG_RUNTIME_DIR;
    }
  });
});
