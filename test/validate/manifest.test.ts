/** The manifest: where it comes from, and everything that may be wrong with it. */
import { describe, expect, it } from 'vitest';
import { STRUCTURE } from '../../engine/limits.ts';
import { checkManifest, checkModule, checkPlugin, type Manifest } from '../../engine/validate/index.ts';
import { MANIFEST, tinyPlugin, withManifest } from '../support/hostile/plugin-wat.ts';
import { expectRefusal } from '../support/refusals.ts';

const load = (embedded: object | string | null, beside?: unknown): Manifest =>
  checkPlugin(checkModule(tinyPlugin({ manifest: embedded })), new Map(), { manifest: beside }).manifest;
const withField = (field: object): object => ({ ...MANIFEST, ...field });
const http = (host: string): object => withField({ permissions: { http: [{ host, reason: 'x' }] } });

const FULL = {
  $schema: 'https://ringfence.example/plugin.schema.json',
  name: '@music/source',
  version: '1.2.3-beta.1',
  abi: 1,
  api: '^1.0.0',
  description: 'Müsik für alle 🎵',
  author: 'Jo',
  license: 'Apache-2.0',
  homepage: 'https://example.com/a?b',
  functions: {
    search: { description: 'Finds songs.', input: { type: 'object' }, output: true, idempotent: true },
    get_song_url: {},
  },
  events: { subscribes: ['song.played', 'song.*'], priority: -5 },
  permissions: {
    http: [{ host: 'https://*.example.com:8443', methods: ['GET'], reason: 'the catalogue' }],
    kv: true,
    clock: { reason: 'to know what is new' },
    random: true,
    call: ['other'],
    emit: ['song.found'],
  },
  config: { type: 'object', properties: { region: { enum: ['eu', 'us'], default: 'eu' } } },
  limits: { memory: '16MiB', timeoutMs: 2_000 },
  dependencies: { other: '^2.0.0' },
};

describe('where the manifest comes from', () => {
  it('reads the custom section', () => {
    expect(load(FULL_FOR_TINY)).toMatchObject({ name: '@music/source' });
  });

  it('reads the file beside, as text or as a value', () => {
    expect(load(null, JSON.stringify(MANIFEST)).name).toBe('tiny');
    expect(load(null, MANIFEST).name).toBe('tiny');
  });

  it('refuses a plugin without any, with what to write', () => {
    expectRefusal(
      () => load(null),
      'INVALID_MANIFEST',
      'has no manifest',
      'ringfence.manifest',
      'plugin.json',
      '"abi": 1',
    );
  });

  it('refuses two sections', () => {
    const twice = withManifest(tinyPlugin(), MANIFEST);
    expectRefusal(
      () => checkPlugin(checkModule(twice), new Map()),
      'INVALID_MANIFEST',
      'has 2 custom sections "ringfence.manifest"',
      /offset 0x/,
    );
  });

  it('takes both where they say the same, whatever the order of their members', () => {
    const { functions, ...rest } = MANIFEST;
    expect(load(MANIFEST, { functions, ...rest }).name).toBe('tiny');
  });

  it.each([
    ['another value', withField({ version: '2.0.0' }), '/version'],
    ['one more member', withField({ permissions: { kv: true } }), '/permissions'],
    ['one more function', withField({ functions: { echo: {}, more: {} } }), '/functions/more'],
  ])('refuses both where the one beside has %s', (_, beside, path) => {
    expectRefusal(() => load(MANIFEST, beside), 'INVALID_MANIFEST', `differ at ${path}`, 'Build the plugin again');
  });
});

/** FULL, with the functions that the tiny plugin has. */
const FULL_FOR_TINY = { ...FULL, functions: { echo: FULL.functions.search } };

const INVALID: readonly (readonly [name: string, document: unknown, ...says: string[]])[] = [
  ['is not JSON', '{ "name": "x", }', 'is not JSON', 'position 15'],
  ['is empty', '', 'is not JSON'],
  ['is not JSON, and would be obeyed by a terminal', '{"a":\u001b[31m}', '\\u001b[31m'],
  ['has a limit that would turn the direction of text', withField({ limits: { fuel: '\u202e' } }), 'got "\\u202e"'],
  ['is not UTF-8', Uint8Array.from([0x22, 0xff, 0x22]), 'is not UTF-8'],
  ['is a list', '[]', '(top level): expected object, got an empty array'],
  ['is null', 'null', 'expected object, got null'],
  [
    'is empty of members',
    {},
    '/name: is missing',
    '/version: is missing',
    '/abi: is missing',
    '/functions: is missing',
  ],
  [
    'is too big',
    withField({ description: 'x'.repeat(STRUCTURE.manifestBytes) }),
    `at most ${STRUCTURE.manifestBytes} are allowed`,
  ],
  [
    'is too big in bytes, not in characters',
    JSON.stringify(withField({ description: '€'.repeat(STRUCTURE.manifestBytes / 2) })),
    'bytes: at most',
  ],
  ['is too deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'nested too deeply'],
  [
    'has a schema that is too deep',
    withField({ config: Array.from({ length: 70 }).reduce<object>((inner) => ({ not: inner }), {}) }),
    'nested too deeply',
  ],
  [
    'has a member __proto__',
    '{"name":"tiny","version":"1.0.0","abi":1,"functions":{},"__proto__":{"x":1}}',
    '/__proto__',
    'not allowed',
  ],
  ['holds what JSON cannot carry', withField({ description: 1n }), '/description', 'bigint'],
  [
    'holds a number that is none',
    withField({ events: { subscribes: ['a'], priority: Number.NaN } }),
    '/events/priority',
    'NaN',
  ],
  [
    'has an unknown member',
    withField({ permision: {} }),
    '/permision: is not a known name',
    'Did you mean "permissions"?',
  ],
  ['has a bad name', withField({ name: 'My Plugin' }), '/name: expected lower-case letters', 'got "My Plugin"'],
  ['has a name that climbs', withField({ name: '../../etc' }), '/name: expected lower-case letters'],
  ['has a bad version', withField({ version: '1.2' }), '/version: expected a semantic version', 'got "1.2"'],
  [
    'has a bad range',
    withField({ dependencies: { other: 'newest!' } }),
    '/dependencies/other: expected a range of versions',
  ],
  ['has a dependency of a bad name', withField({ dependencies: { 'a b': '1' } }), '/dependencies', '"a b"'],
  [
    'has control characters',
    withField({ description: 'red \u001b[31m' }),
    '/description: expected one line of text',
    '\\u001b',
  ],
  ['turns the direction of text', withField({ author: 'a\u202eb' }), '/author', '\\u202e'],
  [
    'has a homepage that is a script',
    withField({ homepage: 'javascript:alert(1)' }),
    '/homepage: expected an http or https URL',
  ],
  [
    'has a function of a bad name',
    withField({ functions: { 'a-b': {} } }),
    '/functions/a-b',
    'a function name is a letter',
  ],
  ['has a function of the life cycle', withField({ functions: { init: {} } }), '/functions/init', 'life cycle'],
  [
    'has a function named constructor',
    withField({ functions: { constructor: {} } }),
    '/functions/constructor',
    'not allowed',
  ],
  [
    'has a function with an unknown member',
    withField({ functions: { echo: { idempotnt: true } } }),
    '/functions/echo/idempotnt',
    'Did you mean "idempotent"?',
  ],
  [
    'has a function that is not an object',
    withField({ functions: { echo: 'yes' } }),
    '/functions/echo: expected object, got "yes"',
  ],
  ['has an unknown permission', withField({ permissions: { htpp: [] } }), '/permissions/htpp', 'Did you mean "http"?'],
  [
    'has a permission without a reason',
    withField({ permissions: { http: [{ host: 'a.example' }] } }),
    '/permissions/http/0/reason: is missing',
  ],
  ['has a permission for nothing', withField({ permissions: { http: [] } }), '/permissions/http'],
  [
    'has a permission that is false',
    withField({ permissions: { clock: false } }),
    '/permissions/clock: expected true or',
  ],
  ['has a bad host', http('file:///etc/passwd'), '/permissions/http/0/host: expected a host such as'],
  ['has a host with a path', http('https://a.example/path'), '/permissions/http/0/host'],
  ['has a host with a user', http('https://user@a.example'), '/permissions/http/0/host'],
  ['has a host with a star inside', http('https://a.*.example'), '/permissions/http/0/host'],
  [
    'has an address in another notation',
    http('http://0x7f.1'),
    '/permissions/http/0/host: expected a host as a URL has it',
  ],
  ['has a port that is none', http('https://a.example:99999'), '/permissions/http/0/host'],
  [
    'has an unknown method',
    withField({ permissions: { http: [{ host: 'a.example', reason: 'x', methods: ['TRACE'] }] } }),
    '/permissions/http/0/methods/0: expected one of "GET"',
  ],
  ['has an unknown limit', withField({ limits: { memry: 1 } }), '/limits/memry: Unknown limit "memry"'],
  ['has a limit out of range', withField({ limits: { memory: '1 byte' } }), '/limits/memory: Expected limit `memory`'],
  ['has a limit above the ceiling', withField({ limits: { tableEntries: 2_000_000 } }), '/limits/tableEntries'],
  ['has a bad event', withField({ events: { subscribes: ['a b'] } }), '/events/subscribes/0: expected an event name'],
  [
    'has a subscription with an unknown effect',
    withField({ events: { subscribes: [{ event: 'a', may: ['eat'] }] } }),
    '/events/subscribes/0: expected an event name',
  ],
  ['has a state of version 0', withField({ state: { version: 0 } }), '/state/version'],
  [
    'has a bad schema',
    withField({ config: { type: 'strin' } }),
    '/config/type: expected one or more of',
    'got "strin"',
  ],
  [
    'has a bad schema of an input',
    withField({ functions: { echo: { input: { properties: { 'a/b': 7 } } } } }),
    '/functions/echo/input/properties/a~1b: expected a JSON Schema',
  ],
  [
    'has too many functions',
    withField({
      functions: Object.fromEntries(Array.from({ length: STRUCTURE.manifestFunctions + 1 }, (_, i) => [`f${i}`, {}])),
    }),
    '/functions',
  ],
];

describe('a manifest is refused that', () => {
  it.each(INVALID)('%s', (_, document, ...says) => {
    const error = expectRefusal(() => checkManifest(document), 'INVALID_MANIFEST', ...(says as string[]));
    expect(error.stage).toBe('validate');
    expect(error.message.length).toBeLessThan(2_000);
  });

  it('says another version of the ABI', () => {
    const error = expectRefusal(() => checkManifest(withField({ abi: 2 })), 'ABI_MISMATCH', 'version 2', 'version 1');
    expect(error.details).toEqual({ wanted: 2, offered: 1 });
  });

  it('needs another host API', () => {
    expectRefusal(() => checkManifest(withField({ api: '>=2' })), 'ABI_MISMATCH', 'needs the host API ">=2"', '1.0.0');
  });
});

describe('a checked manifest', () => {
  const manifest = checkManifest(FULL);

  it('says what was written', () => {
    expect(manifest).toEqual(FULL);
    expect(checkManifest(MANIFEST).permissions).toEqual({});
  });

  it('is frozen to its depths', () => {
    expect(Object.isFrozen(manifest)).toBe(true);
    expect(Object.isFrozen(manifest.permissions.http?.[0])).toBe(true);
  });

  it('has no names but its own', () => {
    expect((manifest.functions as Record<string, unknown>).constructor).toBeUndefined();
    expect('toString' in manifest).toBe(false);
  });

  it('is not changed by changing what it was made of', () => {
    const source = structuredClone(FULL);
    const checked = checkManifest(source);
    source.functions.search.description = 'changed';
    expect(checked.functions.search?.description).toBe('Finds songs.');
  });

  it.each([
    'api.example.com',
    'https://api.example.com',
    'http://127.0.0.1:8080',
    'http://localhost:*',
    'https://*.example.com',
    'http://[::1]:80',
    '*',
    'http://*:*',
  ])('may ask for the host %s', (host) => {
    expect(checkManifest(http(host)).permissions.http?.[0]?.host).toBe(host);
  });
});
