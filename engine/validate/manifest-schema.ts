/** JSON Schema (draft 2020-12) of a plugin's manifest. Patterns that fail are reported by their `description`. */
import { STRUCTURE } from '../limits.ts';
import { RESET_MODES } from '../options.ts';
import { HTTP_METHODS } from './http-methods.ts';
import { ORIGIN_PATTERN } from './origin-pattern.ts';
import { PATH_PREFIX_PATTERN } from './path-prefix.ts';
import { EVENT_EFFECTS } from './subscriptions.ts';

/** No control characters, nothing that turns the direction of text: these strings are printed on terminals. */
const line = (maxLength: number): object => ({
  type: 'string',
  maxLength,
  minLength: 1,
  pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]*$',
  description: 'one line of text without control characters',
});
const reason = line(300);
/** Regular expressions of names that other parts of the engine ask for too. */
export const NAME_PATTERN = '^(?:@[a-z0-9][a-z0-9-]{0,49}/)?[a-z0-9][a-z0-9._-]{0,99}$';
const CUSTOM_CAPABILITY_PATTERN = '^[a-z][a-z0-9-]{0,63}$';
export const FUNCTION_NAME_PATTERN = '^[A-Za-z][A-Za-z0-9_]{0,63}$';
const TYPE_PATTERN = '[A-Za-z0-9]+(?:<[A-Za-z0-9<>\\[\\]]+>)?(?:\\[\\])*';
const SIGNATURE_PATTERN = `^\\((?:${TYPE_PATTERN}(?:, ${TYPE_PATTERN})*)?\\) -> ${TYPE_PATTERN}$`;
const EVENT_PATTERN = '^[A-Za-z0-9_-]+(?:\\.[A-Za-z0-9_-]+)*(?:\\.\\*)?$';

const pluginName = {
  type: 'string',
  pattern: NAME_PATTERN,
  description: 'lower-case letters, digits and . _ - (up to 100 characters, perhaps with a @scope/ in front)',
};
/** What `load` takes as an id. */
const pluginId = {
  type: 'string',
  pattern: '^[A-Za-z0-9@][A-Za-z0-9._@/-]{0,127}$',
  description: 'the id of a plugin',
};
const capability = {
  type: 'string',
  pattern: CUSTOM_CAPABILITY_PATTERN,
  description: 'a capability: up to 64 lower-case letters, digits and dashes, starting with a letter',
};
const event = {
  type: 'string',
  maxLength: 100,
  pattern: EVENT_PATTERN,
  description: 'an event name such as "order.created" or "order.*"',
};
/** Size and contents of guest schemas are checked by guest-schema.ts. */
const guestSchema = { type: ['object', 'boolean'] };
const optional = { type: 'boolean' };
/** `true`, or an object that says why. */
const simplePermission = {
  anyOf: [
    { const: true },
    { type: 'object', additionalProperties: false, required: ['reason'], properties: { reason, optional } },
  ],
  description: 'true or { "reason": "…" }',
};
/** A list of names, each alone or in an object that says why. */
const namedPermissions = (name: object): object => ({
  type: 'array',
  minItems: 1,
  maxItems: 100,
  uniqueItems: true,
  items: {
    anyOf: [
      name,
      {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'reason'],
        properties: { name, reason, optional },
      },
    ],
    description: 'a name, or { "name": "…", "reason": "…" }',
  },
});

const priority = { type: 'integer', minimum: -1_000, maximum: 1_000 };
/** An event, alone or with what the plugin may do with it. */
const subscription = {
  anyOf: [
    event,
    {
      type: 'object',
      additionalProperties: false,
      required: ['event'],
      properties: {
        event,
        may: { type: 'array', minItems: 1, uniqueItems: true, items: { enum: EVENT_EFFECTS } },
        priority,
      },
    },
  ],
  description: 'an event name such as "order.created" or "order.*", or { "event": "…", "may": ["change", "stop"] }',
};
const stateVersion = { type: 'integer', minimum: 1, maximum: 1_000_000 };
/** What a build may say that it needs, beyond what every Node.js that Ringfence runs on has. */
export const VARIANT_NEEDS = [
  'simd',
  'exceptions',
  'legacy-exceptions',
  'tail-calls',
  'jspi',
  'relaxed-simd',
  'threads',
  'memory64',
  'multi-memory',
  'gc',
] as const;
/** Below the folder of the manifest, with slashes. */
const VARIANT_FILE_PATTERN = '^(?!.*(?:^|/)\\.\\.?(?:/|$))[A-Za-z0-9@_+.-]+(?:/[A-Za-z0-9@_+.-]+)*\\.wasm$';

export const MANIFEST_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'version', 'abi', 'functions'],
  properties: {
    $schema: { type: 'string', maxLength: 300 },
    name: pluginName,
    version: { type: 'string', maxLength: 100 },
    abi: { type: 'integer' },
    api: { type: 'string', minLength: 1, maxLength: 100 },
    description: line(1_000),
    author: line(200),
    license: line(100),
    homepage: {
      type: 'string',
      maxLength: 500,
      pattern: '^https?://[\\x21-\\x7e]+$',
      description: 'an http or https URL',
    },
    functions: {
      type: 'object',
      maxProperties: STRUCTURE.manifestFunctions,
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        properties: {
          description: line(1_000),
          input: guestSchema,
          output: guestSchema,
          idempotent: { type: 'boolean' },
          signature: {
            type: 'string',
            maxLength: 1_000,
            pattern: SIGNATURE_PATTERN,
            description: 'types such as "(string, i32[]) -> string"',
          },
        },
      },
    },
    events: {
      type: 'object',
      additionalProperties: false,
      required: ['subscribes'],
      properties: {
        subscribes: { type: 'array', minItems: 1, maxItems: 100, uniqueItems: true, items: subscription },
        priority,
      },
    },
    permissions: {
      type: 'object',
      additionalProperties: false,
      properties: {
        http: {
          type: 'array',
          minItems: 1,
          maxItems: 100,
          items: {
            type: 'object',
            additionalProperties: false,
            required: ['host', 'reason'],
            properties: {
              host: {
                type: 'string',
                maxLength: 300,
                pattern: ORIGIN_PATTERN,
                description:
                  'a host such as "https://api.example.com", "https://*.example.com" or "http://127.0.0.1:*"',
              },
              methods: {
                type: 'array',
                minItems: 1,
                uniqueItems: true,
                items: { enum: HTTP_METHODS },
              },
              paths: {
                type: 'array',
                minItems: 1,
                maxItems: 100,
                uniqueItems: true,
                items: {
                  type: 'string',
                  maxLength: 300,
                  pattern: PATH_PREFIX_PATTERN,
                  description: 'a path such as "/v1" that requests stay below',
                },
              },
              cookies: { type: 'boolean' },
              reason,
              optional,
            },
          },
        },
        kv: simplePermission,
        clock: simplePermission,
        random: simplePermission,
        call: namedPermissions(pluginId),
        emit: namedPermissions(event),
        custom: namedPermissions(capability),
      },
    },
    variants: {
      type: 'array',
      minItems: 1,
      maxItems: 20,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['file'],
        properties: {
          file: {
            type: 'string',
            maxLength: 300,
            pattern: VARIANT_FILE_PATTERN,
            description: 'a .wasm file below the folder of plugin.json, such as "build/words-simd.wasm"',
          },
          needs: { type: 'array', maxItems: 20, uniqueItems: true, items: { enum: VARIANT_NEEDS } },
          node: { type: 'string', minLength: 1, maxLength: 100 },
        },
      },
    },
    config: guestSchema,
    state: {
      type: 'object',
      additionalProperties: false,
      required: ['version'],
      properties: {
        version: stateVersion,
        accepts: { type: 'array', minItems: 1, maxItems: 100, uniqueItems: true, items: stateVersion },
      },
    },
    reset: { enum: RESET_MODES },
    // Names and values are checked by limits.ts.
    limits: { type: 'object' },
    dependencies: {
      type: 'object',
      maxProperties: 100,
      propertyNames: pluginName,
      additionalProperties: { type: 'string', minLength: 1, maxLength: 100 },
    },
  },
} as const;
