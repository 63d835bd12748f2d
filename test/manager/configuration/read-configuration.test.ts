// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the placeholders are those of configuration files
/** Configuration files: what they come to, and what is refused, each with its file, line, column and path. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { STRUCTURE } from '../../../engine/limits.ts';
import type { ConfigurationProblem } from '../../../engine/manager/configuration/problems.ts';
import { readConfiguration } from '../../../engine/manager/configuration/read-configuration.ts';
import { failure } from '../../support/errors.ts';
import { filesIn, writeFiles } from '../support/files.ts';

const directory = filesIn({});
let count = 0;

interface Given {
  readonly environment?: Record<string, string>;
  readonly env?: readonly string[];
  readonly extension?: string;
}

/** Reads a text as a file of its own. */
async function read(text: string | Uint8Array, { extension = 'yaml', ...options }: Given = {}): Promise<unknown> {
  const name = `config-${count++}.${extension}`;
  writeFiles(directory, { [name]: text });
  return (await readConfiguration(join(directory, name), { environment: {}, ...options })).value;
}

/** "line:column path: message" of each problem. */
async function problemsOf(text: string | Uint8Array, given?: Given): Promise<string[]> {
  const error = await failure(() => read(text, given), 'INVALID_CONFIG');
  const problems = error.details.problems as readonly ConfigurationProblem[];
  for (const { line } of problems.slice(0, 10)) {
    const file = String(error.details.file);
    expect(error.message).toContain(line === undefined ? file : `${file}:${line}:`);
  }
  return problems.map(({ path, message, line, column }) => `${line}:${column} ${path}: ${message}`);
}

describe('a configuration file', () => {
  const yaml = `
    env: [REGION]
    engine:
      executor: worker
      limits: { memory: 16MiB, fuel: 50ms, timeoutMs: 2s }
      cache: .cache
      kv: { path: data/kv.db }
    directories: [plugins, 'more/*.wasm']
    plugins:
      words:
        path: build/words.wasm
        priority: 10
        on-failure: closed
        instances: 4
        reset: per-call
        maxLogLevel: warn
        grants: { http: [https://api.example.com], kv: true }
        secrets: { TOKEN: { file: secrets/token } }
        config: { region: "\${REGION:-eu}" }
        supervision: { healthEveryMs: 5s }
      idle: { enabled: false }
      bare:
  `;

  test('has everything that it says, and its paths start in its folder', async () => {
    expect(await read(yaml)).toEqual({
      env: ['REGION'],
      engine: {
        executor: 'worker',
        limits: { memory: '16MiB', fuel: '50ms', timeoutMs: '2s' },
        cache: join(directory, '.cache'),
        kv: { path: join(directory, 'data/kv.db') },
      },
      directories: [join(directory, 'plugins'), join(directory, 'more/*.wasm')],
      plugins: {
        words: {
          path: join(directory, 'build/words.wasm'),
          priority: 10,
          onFailure: 'closed',
          instances: 4,
          reset: 'per-call',
          maxLogLevel: 'warn',
          grants: { http: ['https://api.example.com'], kv: true },
          secrets: { TOKEN: { file: join(directory, 'secrets/token') } },
          config: { region: 'eu' },
          supervision: { healthEveryMs: '5s' },
        },
        idle: { enabled: false },
        bare: {},
      },
    });
  });

  test('says the same as JSON, and as an object', async () => {
    const json = '{ "plugins": { "a": { "path": "a.wasm", "priority": 1 } } }';
    const expected = { plugins: { a: { path: join(directory, 'a.wasm'), priority: 1 } } };
    expect(await read(json, { extension: 'json' })).toEqual(expected);
    const { value } = await readConfiguration(JSON.parse(json), { directory });
    expect(value).toEqual(expected);
  });

  test.each(['', '# nothing yet\n', '{}'])('may be empty: %j', async (text) => {
    expect(await read(text)).toEqual({});
  });

  test('may use anchors', async () => {
    const text = 'plugins:\n  a: &small { limits: { memory: 1MiB } }\n  b: *small\n';
    const limits = { memory: '1MiB' };
    expect(await read(text)).toEqual({ plugins: { a: { limits }, b: { limits } } });
  });
});

describe('a problem names its line and path', () => {
  test.each([
    ['an unknown key', 'engines: {}', ['1:1 /engines: is not a known name. Did you mean "engine"?']],
    [
      'an unknown key of a plugin',
      'plugins:\n  a:\n    pritority: 3',
      ['3:5 /plugins/a/pritority: is not a known name. Did you mean "priority"?'],
    ],
    [
      'an unknown limit',
      'engine:\n  limits:\n    memroy: 1MiB',
      ['3:5 /engine/limits/memroy: is not a known name. Did you mean "memory"?'],
    ],
    [
      'an unknown capability',
      'plugins: {a: {grants: {htp: true}}}',
      ['1:24 /plugins/a/grants/htp: is not a known name. Did you mean "http"?'],
    ],
    ['another type', 'plugins: {a: {path: 3}}', ['1:21 /plugins/a/path: expected string, got 3']],
    [
      'a word that YAML 1.1 read as true',
      'plugins: {a: {enabled: yes}}',
      ['1:24 /plugins/a/enabled: expected boolean, got "yes"'],
    ],
    [
      'an unknown mode, in its other spelling',
      'plugins: {a: {on-failure: maybe}}',
      ['1:27 /plugins/a/onFailure: expected one of "open", "closed", got "maybe"'],
    ],
    ['a list in place of a map', '- a', ['1:1 : expected object, got an array of 1']],
  ])('%s', async (_, text, expected) => {
    expect(await problemsOf(text)).toEqual(expected);
  });

  test('all problems at once, in the order of the text', async () => {
    const found = await problemsOf('plugins:\n  "a b": {}\n  c: 7\nengine:\n  workers: -1\nnope: 1');
    expect(found.map((problem) => problem.split(':')[0])).toEqual(['2', '3', '5', '6']);
  });

  test.each([
    [
      'a limit that is no number',
      'plugins:\n  a:\n    limits: {fuel: much}',
      '3:20 /plugins/a/limits/fuel: Expected limit `fuel`',
    ],
    [
      'a limit over its ceiling',
      'engine: {limits: {memory: 5GiB}}',
      '1:27 /engine/limits/memory: Expected limit `memory`',
    ],
    ['too many workers', 'engine:\n  workers: 5000', '2:12 /engine/workers: Expected `workers`'],
    ['an id that cannot be', 'plugins: {"-a": {}}', '1:11 /plugins/-a: expected a name of 1 to 128'],
    ['no instances', 'plugins: {a: {instances: 0}}', '1:26 /plugins/a/instances: Expected limit `instances`'],
    [
      'a grant of the wrong kind',
      'plugins:\n  a:\n    grants:\n      kv: 3',
      '4:11 /plugins/a/grants/kv: Expected the grant `kv` to be true or false',
    ],
    [
      'an origin that is none',
      'plugins: {a: {grants: {http: [https://ok.example, "not one"]}}}',
      '1:51 /plugins/a/grants/http/1: Expected an origin',
    ],
    [
      'a key of an origin',
      'plugins: {a: {grants: {http: [{host: https://ok.example, metods: [GET]}]}}}',
      '1:58 /plugins/a/grants/http/0/metods: Unknown option "metods"',
    ],
    [
      'a secret that is not there',
      'plugins: {a: {grants: {http: [{host: https://ok.example, headers: {x: "${secret:NO}"}}]}}}',
      '1:67 /plugins/a/grants/http/0/headers: Expected the secret NO',
    ],
  ])('%s', async (_, text, expected) => {
    const [found = '', ...more] = await problemsOf(text);
    expect(found.slice(0, expected.length)).toBe(expected);
    expect(more).toEqual([]);
  });

  test('of an object, the path alone', async () => {
    const error = await failure(() => readConfiguration({ plugins: { a: { pth: 'x' } } }), 'INVALID_CONFIG');
    expect(error.message).toBe(
      'The configuration is not valid: /plugins/a/pth: is not a known name. Did you mean "path"?',
    );
  });

  test('two spellings of one key', async () => {
    expect(await problemsOf('plugins:\n  a:\n    onFailure: open\n    on-failure: open')).toEqual([
      '4:5 /plugins/a/on-failure: is another spelling of onFailure, which is there too',
    ]);
  });
});

describe('variables of the environment', () => {
  const environment = { DIR: 'there', EMPTY: '', COUNT: '3', ON: 'false', HIDDEN: 'secret' };

  test('are read where the file or the caller lists them', async () => {
    const text = 'env: [DIR]\ndirectories: ["${DIR}", "${COUNT:-9}", "$${DIR}"]';
    const directories = ['there', '3', '${DIR}'].map((name) => join(directory, name));
    expect(await read(text, { environment, env: ['COUNT'] })).toEqual({ env: ['DIR'], directories });
  });

  test('are numbers, and true and false, where a key wants that', async () => {
    const text =
      'env: [COUNT, ON, DIR]\nengine: {workers: "${COUNT}"}\nplugins: {a: {enabled: "${ON}", config: {n: "${COUNT}"}}}';
    expect(await read(text, { environment })).toMatchObject({
      engine: { workers: 3 },
      plugins: { a: { enabled: false, config: { n: '3' } } },
    });
  });

  test('fall back where they are not set or empty', async () => {
    const text = 'env: [EMPTY, NOT_SET]\ndirectories: ["${EMPTY:-a}", "${NOT_SET:-b}"]';
    expect(await read(text, { environment })).toMatchObject({
      directories: [join(directory, 'a'), join(directory, 'b')],
    });
  });

  test.each([
    [
      'that nobody listed',
      'directories: ["${HIDDEN}"]',
      '1:15 /directories/0: reads the variable HIDDEN, which is not allowed',
    ],
    [
      'that are not set',
      'env: [NOT_SET]\ndirectories: ["${NOT_SET}"]',
      '2:15 /directories/0: reads the variable NOT_SET, which is not set',
    ],
    ['without an end', 'directories: ["${DIR"]', '1:15 /directories/0: has ${ without a placeholder'],
  ])('%s are a problem', async (_, text, expected) => {
    const [found = ''] = await problemsOf(text, { environment });
    expect(found.slice(0, expected.length)).toBe(expected);
    expect(found).not.toContain('secret');
  });

  test('of a plugin are for its config alone', async () => {
    const config = 'plugins: {a: {env: [DIR], config: {at: "${DIR}"}}}';
    expect(await read(config, { environment })).toMatchObject({ plugins: { a: { config: { at: 'there' } } } });
    const [found] = await problemsOf('plugins: {a: {env: [DIR], path: "${DIR}"}}', { environment });
    expect(found).toContain('/plugins/a/path: reads the variable DIR, which is not allowed');
  });

  test('what they bring is text: no placeholder in it is read again', async () => {
    const text = 'env: [DIR]\ndirectories: ["${DIR}"]';
    const value = await read(text, { environment: { DIR: '${HIDDEN}', HIDDEN: 'secret' } });
    expect(value).toMatchObject({ directories: [join(directory, '${HIDDEN}')] });
  });
});

describe('a hostile file', () => {
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]']
    .concat([...'bcdefgh'].map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[i]}`).join(', ')}]`))
    .join('\n');

  test.each([
    ['an alias bomb', bomb, 'the document has more than'],
    ['an alias inside of what it stands for', 'a: &a [*a]', 'stands inside of what it stands for'],
    ['an alias of nothing', 'a: *b', 'there is no anchor &b above'],
    [
      'more values than are allowed',
      `a: [${Array(STRUCTURE.configValues + 1)
        .fill(1)
        .join(',')}]`,
      'the document has more than',
    ],
    ['deep nesting', `a: ${'['.repeat(100)}${']'.repeat(100)}`, 'is nested too deeply'],
    ['nesting that would use up the stack', '['.repeat(50_000), 'is nested too deeply'],
    ['the name __proto__', 'plugins:\n  __proto__: { path: x }', 'this name is not allowed'],
    [
      'a name that stands twice',
      'engine: {}\nplugins: {}\nengine: {}',
      'stands here for the second time: the first is in line 1',
    ],
    ['a tag', 'a: !!js/function "x"', 'Unresolved tag'],
    ['a name that is a list', '? [a]\n: 1', 'keys must be strings'],
    ['a second document', 'a: 1\n---\nb: 1', 'a second document begins here'],
    ['a number that JSON has not', 'a: .inf', 'which JSON cannot carry'],
    ['no YAML', 'a: [1, 2\nb: 3', 'Flow sequence'],
    [
      'more bytes than are allowed',
      `# ${'x'.repeat(STRUCTURE.configBytes)}`,
      `at most ${STRUCTURE.configBytes} are allowed`,
    ],
    ['bytes that are not UTF-8', Uint8Array.of(0x61, 0x3a, 0x20, 0xff), 'is not UTF-8'],
  ])('%s', async (_, text, expected) => {
    const [found] = await problemsOf(text);
    expect(found).toContain(expected);
  });

  test.each([
    ['a name that stands twice', '{"a": 1, "a": 2}', '1:10 /a: stands here for the second time'],
    ['a comma at the end', '{\n  "plugins": {},\n}', '3:1 : is not JSON'],
    ['a comment', '{} // no', '1:4 : is not JSON'],
    ['__proto__', '{"plugins": {"__proto__": {}}}', '1:14 /plugins/__proto__: this name is not allowed'],
  ])('as JSON: %s', async (_, text, expected) => {
    const [found = ''] = await problemsOf(text, { extension: 'json' });
    expect(found.slice(0, expected.length)).toBe(expected);
  });

  test('an object with __proto__, and one that holds itself', async () => {
    const named = JSON.parse('{"plugins": {"__proto__": {}}}') as object;
    await failure(() => readConfiguration(named), 'INVALID_CONFIG');
    const circle: Record<string, unknown> = {};
    circle.plugins = circle;
    await failure(() => readConfiguration(circle), 'INVALID_CONFIG');
  });

  test('a file that is not there, a directory, another kind of file', async () => {
    for (const name of ['nothing.yaml', '.', 'config.toml']) {
      const error = await failure(() => readConfiguration(join(directory, name)), 'INVALID_CONFIG');
      expect(error.message).toContain(join(directory, name));
    }
  });

  test('text that would move the cursor is shown escaped', async () => {
    const error = await failure(() => read('plugins: {a: {"p\\e[2Jth": 1}}\n'), 'INVALID_CONFIG');
    expect(error.message).toContain('\\u001b[2J');
    const tag = await failure(() => read('a: !<\u202etag> 1\n'), 'INVALID_CONFIG');
    for (const unsafe of ['\u001b', '\u202e']) expect(`${error.message}${tag.message}`).not.toContain(unsafe);
  });

  test('a secret in the place of where it is kept is refused, and never shown', async () => {
    const [found = '', ...more] = await problemsOf('plugins:\n  a:\n    secrets:\n      TOKEN: hunter2hunter2');
    expect(found).toContain('4:14 /plugins/a/secrets/TOKEN: expected { env: NAME } or { file: path }');
    expect(found).not.toContain('hunter2');
    expect(more).toEqual([]);
  });
});
