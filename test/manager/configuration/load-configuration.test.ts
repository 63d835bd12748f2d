// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the placeholders are those of configuration files
/** From a file to what a manager runs: which plugins there are, and what is found to be wrong with them. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createManager, loadConfiguration } from '../../../engine/index.ts';
import { failure } from '../../support/errors.ts';
import { compilePlugin, ECHO } from '../../support/wat.ts';
import { filesIn } from '../support/files.ts';

const plugin = (name: string, version = '1.0.0'): Uint8Array =>
  compilePlugin({ name, version, functions: { echo: ECHO } });

function directory(yaml: string, files: Readonly<Record<string, Uint8Array>> = {}): string {
  return filesIn({ 'ringfence.yaml': yaml, ...files });
}
const load = (at: string): ReturnType<typeof loadConfiguration> => loadConfiguration(join(at, 'ringfence.yaml'));

describe('the plugins of a configuration', () => {
  test('are those with a path, and those that were found, with what is said of them', async () => {
    const yaml = `
directories: [found]
plugins:
  named: { path: own.wasm, priority: 5 }
  a: { enabled: false }
  b: { limits: { memory: 1MiB } }
`;
    const at = directory(yaml, {
      'own.wasm': plugin('own'),
      'found/a.wasm': plugin('a'),
      'found/b.wasm': plugin('b'),
      'found/c.wasm': plugin('c'),
    });
    const { configuration, findings } = await load(at);
    expect(findings).toEqual([]);
    expect(configuration.plugins).toEqual([
      { id: 'named', source: join(at, 'own.wasm'), priority: 5 },
      { id: 'a', source: join(at, 'found/a.wasm'), enabled: false },
      { id: 'b', source: join(at, 'found/b.wasm'), limits: { memory: '1MiB' } },
      { id: 'c', source: join(at, 'found/c.wasm') },
    ]);
    await using manager = await createManager({ configuration });
    await manager.start();
    expect(manager.plugins.map(({ id, state }) => [id, state])).toEqual([
      ['named', 'running'],
      ['b', 'running'],
      ['c', 'running'],
    ]);
  });

  test('are not run twice where one has a path into a directory that is searched', async () => {
    const at = directory('directories: [found]\nplugins: { other: { path: found/a.wasm } }', {
      'found/a.wasm': plugin('a'),
    });
    expect((await load(at)).configuration.plugins.map(({ id }) => id)).toEqual(['other']);
  });

  test('read the variables of their own `env` when the file is read, and nothing later', async () => {
    process.env.RINGFENCE_TEST_PLACE = '${HOME}';
    const at = directory(
      'plugins: { a: { path: a.wasm, env: [RINGFENCE_TEST_PLACE], config: { at: "${RINGFENCE_TEST_PLACE}" } } }',
      { 'a.wasm': plugin('a') },
    );
    const [entry] = (await load(at)).configuration.plugins;
    expect(entry).toEqual({ id: 'a', source: join(at, 'a.wasm'), config: { at: '${HOME}' } });
  });
});

describe('what is wrong with one plugin keeps no other from running', () => {
  test('two of one name: the one with a path counts', async () => {
    const at = directory('directories: [found]\nplugins:\n  a:\n    path: a.wasm\n', {
      'a.wasm': plugin('a', '2.0.0'),
      'found/a.wasm': plugin('a'),
    });
    const { configuration, findings } = await load(at);
    expect(configuration.plugins.map(({ source }) => source)).toEqual([join(at, 'a.wasm')]);
    expect(findings).toMatchObject([
      {
        kind: 'duplicate-id',
        plugin: 'a',
        path: '/plugins/a/path',
        paths: [join(at, 'a.wasm'), join(at, 'found/a.wasm')],
      },
    ]);
  });

  test('one that is not there, one that nobody found, and one that runs', async () => {
    const at = directory('plugins:\n  gone: { path: gone.wasm }\n  lost: {}\n  good: { path: good.wasm }\n', {
      'good.wasm': plugin('good'),
    });
    const { configuration, findings } = await load(at);
    expect(findings.map(({ kind, plugin: id, path }) => [kind, id, path])).toEqual([
      ['unreadable', 'gone', '/plugins/gone/path'],
      ['nothing-found', 'lost', '/plugins/lost'],
    ]);
    await using manager = await createManager({ configuration });
    await manager.start();
    expect(manager.get('gone')?.state).toBe('failed');
    expect(await manager.get('good')?.call('echo', 'hi')).toBe('hi');
  });
});

describe('what is wrong with the whole is an error with its line', () => {
  test.each([
    [
      'plugins that need each other',
      'plugins:\n  a: { path: a.wasm, dependencies: [b] }\n  b: { path: a.wasm, dependencies: [a] }',
      /ringfence\.yaml:2:3: \/plugins: the dependencies form a cycle: /,
    ],
    [
      'a plugin that needs one that is not there',
      'plugins:\n  a: { path: a.wasm, dependencies: [nobody] }',
      /ringfence\.yaml:2:36: \/plugins\/a\/dependencies: a needs "nobody", which is not configured/,
    ],
    [
      'a duration that is none',
      'plugins:\n  a: { path: a.wasm, eventTimeoutMs: soon }',
      /ringfence\.yaml:2:38: \/plugins\/a\/eventTimeoutMs: expected milliseconds/,
    ],
    [
      'two ways to say how many instances',
      'plugins:\n  a: { path: a.wasm, instances: 2, limits: { instances: 3 } }',
      /ringfence\.yaml:2:33: \/plugins\/a\/instances: is given in `limits` as well/,
    ],
    ['a rule of supervision', 'supervision:\n  windowMs: 1', /ringfence\.yaml:2:13: \/supervision\/windowMs: expected/],
  ])('%s', async (_, yaml, expected) => {
    const at = directory(yaml, { 'a.wasm': plugin('a') });
    const error = await failure(() => load(at), 'INVALID_CONFIG');
    expect(error.message).toMatch(expected);
  });
});
