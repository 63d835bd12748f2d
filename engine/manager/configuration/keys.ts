// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the placeholders are those of configuration files
/**
 * Every key of a configuration file, once: what it may hold, and where it is explained. The schema that checks a file, and
 * docs/CONFIGURATION.md, are made from these rows; limits, capabilities and modes come from the tables that the engine has.
 */
import { CAPABILITIES } from '../../grants.ts';
import { LIMIT_NAMES } from '../../limits.ts';
import { type EngineOptions, EXECUTORS, LOG_LEVELS, RESET_MODES } from '../../options.ts';
import { MANIFEST_SCHEMA } from '../../validate/manifest-schema.ts';
import { FAILURE_MODES, type PluginConfiguration, type ReloadInput, type SupervisionInput } from './configuration.ts';

export interface KeyRow {
  /** JSON Schema of the value. What it cannot say is checked in check-values.ts. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** What the value is, for people. */
  readonly type: string;
  /** Where no option of the same name explains it. */
  readonly doc?: string;
  readonly fallback?: string;
}

const text: KeyRow = { schema: { type: 'string', minLength: 1 }, type: 'text' };
const flag: KeyRow = { schema: { type: 'boolean' }, type: 'true or false' };
const whole: KeyRow = { schema: { type: 'integer', minimum: 0 }, type: 'whole number' };
const texts: KeyRow = { schema: { type: 'array', items: { type: 'string', minLength: 1 } }, type: 'list of texts' };
/** Numbers, or text with a unit; units are checked where they are known. */
const quantity = (type: string): KeyRow => ({ schema: { type: ['number', 'string'] }, type });
const duration = quantity('duration');
const oneOf = (values: readonly string[]): KeyRow => ({ schema: { enum: values }, type: values.join(', ') });
const object = (properties: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  type: 'object',
  additionalProperties: false,
  properties,
});
const limits: KeyRow = {
  schema: object(Object.fromEntries(LIMIT_NAMES.map((name) => [name, quantity('').schema]))),
  type: '[limits](LIMITS.md)',
};

export const SECRET_SOURCE = '{ env: NAME } or { file: path }: a secret itself has no place in this file';

/** Options that only code can give. */
type CodeOptions = 'logger' | 'hostFunctions' | 'onAudit';

export const ENGINE_KEYS = {
  executor: oneOf(EXECUTORS),
  workers: whole,
  workerHeap: quantity('size'),
  maxLiveInstances: quantity('number'),
  limits,
  kv: {
    schema: {
      anyOf: [{ const: 'memory' }, { ...object({ path: text.schema }), required: ['path'] }],
      description: '"memory" or { path: … }',
    },
    type: '`memory`, or `{ path }` of a file',
  },
  deterministic: {
    schema: {
      anyOf: [
        { const: false },
        object({ time: { type: ['number', 'string'] }, tickMs: { type: 'integer' }, seed: { type: 'integer' } }),
      ],
      description: 'false or { time, tickMs, seed }',
    },
    type: '`{ time, tickMs, seed }` or false',
  },
  cache: {
    schema: { type: ['string', 'boolean'], not: { const: true } },
    type: 'path of a directory, or false',
  },
  dnsServers: texts,
  trustedCertificates: texts,
  httpConnections: whole,
} as const satisfies Record<keyof Omit<EngineOptions, CodeOptions>, KeyRow>;

export const SUPERVISION_KEYS = {
  healthEveryMs: duration,
  healthTimeoutMs: duration,
  unhealthyAfter: whole,
  windowMs: duration,
  minCalls: whole,
  maxErrorRate: { schema: { type: 'number', minimum: 0, maximum: 1 }, type: 'number from 0 to 1' },
  maxTraps: whole,
  maxLatencyMs: duration,
  breakerFailures: whole,
  breakerOpenMs: duration,
  restartDelayMs: duration,
  restartMaxDelayMs: duration,
  restarts: whole,
  restartWindowMs: duration,
  cpuFuel: quantity('fuel'),
  cpuWindowMs: duration,
} as const satisfies Record<keyof SupervisionInput, KeyRow>;

export const RELOAD_KEYS = {
  watchMs: duration,
  drainMs: duration,
  versions: whole,
  settleMs: duration,
} as const satisfies Record<keyof ReloadInput, KeyRow>;

const schemaOf = (keys: Readonly<Record<string, KeyRow>>): Readonly<Record<string, unknown>> =>
  object(Object.fromEntries(Object.entries(keys).map(([name, { schema }]) => [name, schema])));

const supervision: KeyRow = { schema: schemaOf(SUPERVISION_KEYS), type: '[supervision](#supervision)' };
const reload: KeyRow = { schema: schemaOf(RELOAD_KEYS), type: '[reload](#reload)' };
const variables: KeyRow = {
  schema: {
    type: 'array',
    items: { type: 'string', pattern: '^[A-Za-z_][A-Za-z0-9_]*$', description: 'the name of a variable' },
  },
  type: 'list of names',
};

export const PLUGIN_KEYS = {
  path: {
    ...text,
    type: 'path',
    doc:
      'The `.wasm` file, or a directory with a plugin in it: with a `plugin.json` that names builds, with `build/<name>.wasm`, or with ' +
      'one `.wasm` file.',
    fallback: 'the plugin of this id in `directories` and `packages`',
  },
  enabled: { ...flag, doc: 'Whether it is run.' },
  priority: { schema: MANIFEST_SCHEMA.properties.events.properties.priority, type: 'whole number' },
  digest: {
    schema: { type: 'string', pattern: '^[0-9a-f]{64}$', description: 'a SHA-256 in 64 hexadecimal digits' },
    type: 'hexadecimal digits',
  },
  limits,
  instances: whole,
  grants: {
    schema: object(Object.fromEntries(CAPABILITIES.map((name) => [name, {}]))),
    type: '[grants](OPTIONS.md#grants)',
  },
  config: { schema: { type: 'object' }, type: 'map' },
  secrets: {
    schema: {
      type: 'object',
      additionalProperties: {
        anyOf: [
          { ...object({ env: text.schema }), required: ['env'] },
          { ...object({ file: text.schema }), required: ['file'] },
        ],
        description: SECRET_SOURCE,
      },
    },
    type: 'map of `{ env }` or `{ file }`',
    doc: 'Where the host finds values that it sends on behalf of the plugin, by name. A value itself is refused here.',
  },
  env: variables,
  executor: oneOf(EXECUTORS),
  reset: oneOf(RESET_MODES),
  maxLogLevel: oneOf(LOG_LEVELS),
  onFailure: {
    ...oneOf(FAILURE_MODES),
    doc: 'Also written `on-failure`. What becomes of an event that the plugin should have handled and could not: it goes on (`open`), or it ends there (`closed`).',
  },
  dependencies: texts,
  eventTimeoutMs: duration,
  watch: flag,
  supervision: { ...supervision, doc: 'Over what the file says for all plugins.' },
  reload: { ...reload, doc: 'Over what the file says for all plugins.' },
} as const satisfies Record<keyof Omit<PluginConfiguration, 'id' | 'source' | 'manifest'> | 'path', KeyRow>;

/** Other spellings. */
export const PLUGIN_KEY_SPELLINGS: Readonly<Record<string, keyof typeof PLUGIN_KEYS>> = { 'on-failure': 'onFailure' };

const PLUGIN_SCHEMA = schemaOf(PLUGIN_KEYS);

export const TOP_KEYS = {
  env: {
    ...variables,
    doc: 'Variables of the environment that this file may read, as `${NAME}` or `${NAME:-default}`, in any value; `$${` is `${`.',
    fallback: 'none',
  },
  engine: {
    schema: schemaOf(ENGINE_KEYS),
    type: '[engine](#engine)',
    doc: 'The engine that all plugins share. A change takes effect with the next start.',
    fallback: '{}',
  },
  supervision: { ...supervision, fallback: 'as below' },
  reload: { ...reload, fallback: 'as below' },
  directories: {
    ...texts,
    type: 'list of paths',
    doc: 'Where plugins are looked for: directories, or patterns such as `plugins/*/build/*.wasm`. Every plugin that is found is run, unless its entry below says `enabled: false`.',
    fallback: 'none',
  },
  packages: {
    schema: {
      anyOf: [{ type: 'boolean' }, texts.schema],
      description: 'true, false or a list of names of packages',
    },
    type: 'true, false or list of names',
    doc: 'Packages in the `node_modules` beside the file whose `package.json` has a field `ringfence`: all of them, none, or these.',
    fallback: 'false',
  },
  plugins: {
    schema: {
      type: 'object',
      maxProperties: 10_000,
      propertyNames: {
        type: 'string',
        pattern: '^[A-Za-z0-9@][A-Za-z0-9._@/-]{0,127}$',
        description: '1 to 128 letters, digits or any of . _ @ / -, starting with a letter or digit',
      },
      additionalProperties: { ...PLUGIN_SCHEMA, type: ['object', 'null'] },
    },
    type: 'map of [plugins](#a-plugin), by id',
    doc: 'What is known of each plugin, by its id.',
    fallback: '{}',
  },
} as const satisfies Record<string, KeyRow>;

/** JSON Schema of a whole file. */
export const CONFIGURATION_SCHEMA = schemaOf(TOP_KEYS);

/** The row of a key, by its JSON pointer; undefined for what no row is about. */
export function keyAt(path: string): KeyRow | undefined {
  const [, section = '', ...steps] = path.split('/');
  const sections: Readonly<Record<string, Readonly<Record<string, KeyRow>>>> = {
    engine: ENGINE_KEYS,
    supervision: SUPERVISION_KEYS,
    reload: RELOAD_KEYS,
  };
  const find = (
    keys: Readonly<Record<string, KeyRow>> | undefined,
    [name = '', ...rest]: string[],
  ): KeyRow | undefined =>
    rest.length > 0 || keys === undefined || !Object.hasOwn(keys, name) ? undefined : keys[name];
  if (section !== 'plugins') return steps.length === 0 ? find(TOP_KEYS, [section]) : find(sections[section], steps);
  const [, key = '', ...inside] = steps;
  return inside.length === 0 ? find(PLUGIN_KEYS, [key]) : key === 'engine' ? undefined : find(sections[key], inside);
}
