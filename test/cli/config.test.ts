/** `ringfence config`: what it prints, what it finds, and what it keeps to itself. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ERRORS } from '../../engine/index.ts';
import { compilePlugin, ECHO } from '../support/wat.ts';
import { documentOf, ringfence, temporaryDir, writeIn } from './support/cli.ts';

const dir = temporaryDir();
const songs = compilePlugin({
  name: 'songs',
  version: '2.1.0',
  functions: { search: ECHO },
  manifest: {
    config: { type: 'object', properties: { region: { type: 'string' } }, additionalProperties: false },
    permissions: { kv: { reason: 'keeps what it found' } },
  },
});
writeIn(dir, 'songs.wasm', songs);
const whole = `env: [REGION, DB_PASSWORD]
engine:
  limits: { memory: 16MiB }
plugins:
  songs:
    path: songs.wasm
    on-failure: closed
    grants:
      kv: true
      http: [{ host: https://api.example.com, headers: { x-auth: "Bearer \${secret:TOKEN}", authorization: Basic aHVudGVyMg, x-who: merlin42 } }]
    secrets: { TOKEN: { env: SONGS_TOKEN } }
    config: { region: "\${REGION:-eu}" }
`;

describe('config check', () => {
  test('of a file in which all is well', async () => {
    writeIn(dir, 'ringfence.yaml', whole);
    const { status, stdout, stderr } = await ringfence(['config', 'check'], { cwd: dir });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'valid ringfence.yaml: 1 plugin\n', stderr: '' });
  });

  test('names file, line, column and path of each problem', async () => {
    const file = writeIn(dir, 'wrong.yaml', 'engine:\n  executer: worker\nplugins:\n  songs: { path: 3 }\n');
    const { status, stderr } = await ringfence(['config', 'check', 'wrong.yaml'], { cwd: dir });
    expect(status).toBe(ERRORS.INVALID_CONFIG.exitCode);
    expect(stderr).toContain('wrong.yaml:2:3: /engine/executer: is not a known name. Did you mean "executor"?');
    expect(stderr).toContain('wrong.yaml:4:18: /plugins/songs/path: expected string, got 3');
    const { error } = documentOf(await ringfence(['config', 'check', file, '--json']));
    expect(error).toMatchObject({
      code: 'INVALID_CONFIG',
      details: {
        problems: [
          { line: 2, column: 3 },
          { line: 4, column: 18 },
        ],
      },
    });
  });

  test('names the line of a plugin that is not there, of a configuration that does not fit it, and of what it was not granted', async () => {
    const text =
      'plugins:\n  gone: { path: gone.wasm }\n  songs:\n    path: songs.wasm\n    config:\n      region: 7\n  lost:\n';
    writeIn(dir, 'found.yaml', text);
    const { status, stderr } = await ringfence(['config', 'check', 'found.yaml'], { cwd: dir });
    expect(status).toBe(ERRORS.INVALID_CONFIG.exitCode);
    const lines = stderr.trim().split('\n');
    expect(lines).toHaveLength(4);
    for (const line of [
      /^found found\.yaml:2:17: Cannot read .*gone\.wasm: there is no such file or directory$/,
      /^found found\.yaml:7:8: The plugin lost has no `path`/,
      /^found found\.yaml:6:15: The configuration of songs does not fit .*\/region: expected string, got 7$/,
      /^found found\.yaml:3:3: The plugin songs waits for permissions .*kv/,
    ]) {
      expect(lines).toContainEqual(expect.stringMatching(line));
    }
  });

  test('where there is no file', async () => {
    const { status, stderr } = await ringfence(['config', 'check'], { cwd: join(dir, '..') });
    expect(status).toBe(ERRORS.INVALID_CONFIG.exitCode);
    expect(stderr).toContain('expected ringfence.yaml, ringfence.yml, ringfence.json');
  });
});

describe('config print', () => {
  const env = { REGION: 'us', SONGS_TOKEN: 'hunter2hunter2', DB_PASSWORD: 'swordfish' };

  test('shows what takes effect and where it is from, and nothing secret', async () => {
    const more = `${whole}      # below\n  other: { enabled: false, path: songs.wasm, config: { dsn: "\${DB_PASSWORD}", apiKey: abc123 } }\n`;
    writeIn(dir, 'print.yaml', more);
    const { status, stdout, stderr } = await ringfence(['config', 'print', 'print.yaml'], { cwd: dir, env });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('memory: 16MiB # line 3');
    expect(stdout).toContain('region: us # from REGION');
    expect(stdout).toContain('version: 2.1.0 # found');
    expect(stdout).toContain('enabled: true # default');
    expect(stdout).toContain('onFailure: closed # line 7');
    expect(stdout).toContain(`path: ${join(dir, 'songs.wasm')}`.replace('/private', ''));
    expect(stdout).toContain('env: SONGS_TOKEN');
    expect(stdout).toContain('authorization: "[redacted]"');
    for (const secret of ['hunter2', 'aHVudGVyMg', 'merlin42', 'swordfish', 'abc123'])
      expect(stdout).not.toContain(secret);
  });

  test('as one JSON document', async () => {
    const { value, provenance } = documentOf(await ringfence(['config', 'print', '--json'], { cwd: dir, env }));
    expect(value).toMatchObject({ plugins: { songs: { config: { region: 'us' }, enabled: true, version: '2.1.0' } } });
    expect(provenance).toMatchObject({
      '/engine/limits/memory': { from: 'file', line: 3 },
      '/plugins/songs/config/region': { from: 'environment', variables: ['REGION'] },
    });
  });
});
