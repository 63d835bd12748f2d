/**
 * The manifest: what a plugin says of itself, read and checked before anything of it runs. It travels in the custom
 * section `ringfence.manifest`, or in a `plugin.json` beside the file.
 */
import { type ErrorObject, type ValidateFunction, Ajv2020 as Validator } from 'ajv/dist/2020.js';
import satisfies from 'semver/functions/satisfies.js';
import parseVersion from 'semver/functions/valid.js';
import parseRange from 'semver/ranges/valid.js';
import { ABI_VERSION, API_VERSION } from '../abi/exports.ts';
import { isRingfenceError, RingfenceError } from '../errors.ts';
import { type LimitsInput, resolveLimits, STRUCTURE } from '../limits.ts';
import type { ResetMode } from '../options.ts';
import { hex } from '../wasm/reader.ts';
import { checkFunctionName } from './function-names.ts';
import { checkGuestSchema, type JsonSchema } from './guest-schema.ts';
import type { HttpMethod } from './http-methods.ts';
import { MANIFEST_SCHEMA, type VARIANT_NEEDS } from './manifest-schema.ts';
import { parseOriginPattern } from './origin-pattern.ts';
import { isPathPrefix } from './path-prefix.ts';
import {
  isJsonObject,
  type Json,
  type JsonObject,
  JsonProblem,
  parseJson,
  pointerStep,
  toPlainData,
} from './plain-json.ts';
import { escapeInvisible, quote } from './quote.ts';
import { describeSchemaError, pathOf, shortPath } from './schema-errors.ts';
import type { SubscriptionInput } from './subscriptions.ts';
import { MANIFEST_SECTION, type SurfaceManifest } from './surface.ts';

export interface ManifestFunction {
  readonly description?: string;
  /** What the input of a call must be. */
  readonly input?: JsonSchema;
  /** What the output of a call will be. */
  readonly output?: JsonSchema;
  /** Calling it twice does no more than calling it once: it may be retried. */
  readonly idempotent?: boolean;
  /** Types of a plain AssemblyScript function, which its module does not tell: "(string, i32[]) -> string". */
  readonly signature?: string;
}

export interface HttpPermission {
  /** An origin such as `https://api.example.com`; a host alone means https, `*.` any subdomain, `*` any host, `:*` any port. */
  readonly host: string;
  /** Without it, GET and HEAD. */
  readonly methods?: readonly HttpMethod[];
  /** Prefixes of the paths it needs. Without it, all paths. */
  readonly paths?: readonly string[];
  /** It wants to see `set-cookie` in answers. */
  readonly cookies?: boolean;
  /** Shown to the person who grants it. */
  readonly reason: string;
  /** The plugin runs without it, too. @default false */
  readonly optional?: boolean;
}
export type SimplePermission = true | { readonly reason: string; readonly optional?: boolean };
/** One of a list: a name, perhaps with the reason. */
export type NamedPermission = string | { readonly name: string; readonly reason: string; readonly optional?: boolean };

/** What the plugin asks for. Effective is what the operator grants of it. */
export interface Permissions {
  readonly http?: readonly HttpPermission[];
  readonly kv?: SimplePermission;
  readonly clock?: SimplePermission;
  readonly random?: SimplePermission;
  /** Plugins that it calls, by id. */
  readonly call?: readonly NamedPermission[];
  /** Events that it sends. */
  readonly emit?: readonly NamedPermission[];
  /** Capabilities of the application's own host functions. */
  readonly custom?: readonly NamedPermission[];
}

/** One of several builds of a plugin. */
export interface Variant {
  /** The module, from the folder of the `plugin.json`. */
  readonly file: string;
  /** What it needs of the platform. @default nothing beyond what every platform has */
  readonly needs?: readonly VariantNeed[];
  /** Range of Node.js versions that it is for. @default all */
  readonly node?: string;
}
export type VariantNeed = (typeof VARIANT_NEEDS)[number];

/** A checked manifest: frozen, and its objects have no prototype. */
export interface Manifest {
  readonly name: string;
  /** A semantic version. */
  readonly version: string;
  /** Version of the guest ABI. */
  readonly abi: 1;
  /** Range of host API versions that it works with. */
  readonly api?: string;
  readonly description?: string;
  readonly author?: string;
  readonly license?: string;
  readonly homepage?: string;
  /** What `plugin.call` reaches, by name: each is the export `plugin_<name>`. */
  readonly functions: Readonly<Record<string, ManifestFunction>>;
  readonly events?: { readonly subscribes: readonly SubscriptionInput[]; readonly priority?: number };
  readonly permissions: Permissions;
  /** Builds to choose from, the best first: of the `plugin.json` of a plugin's folder. */
  readonly variants?: readonly Variant[];
  /** JSON Schema of its configuration. */
  readonly config?: JsonSchema;
  /**
   * The form of what `plugin_save_state` returns, as a number that changes with it, and the older forms that
   * `plugin_restore_state` takes, too. @default { version: 1 }
   */
  readonly state?: { readonly version: number; readonly accepts?: readonly number[] };
  /** What is to be left of a call in the instance. @default 'never' */
  readonly reset?: ResetMode;
  /** Limits that it asks for. */
  readonly limits?: LimitsInput;
  /** Plugins that it needs, with ranges of versions. */
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Compiled at its first use: not every process reads manifests. */
let compiled: ValidateFunction | undefined;
function manifestValidator(): ValidateFunction {
  compiled ??= new Validator({ allErrors: true, verbose: true, ownProperties: true, strictTypes: false }).compile(
    MANIFEST_SCHEMA,
  );
  return compiled;
}

/**
 * Reads the manifest of a module and checks it.
 *
 * @param sections where the module carries one: `manifests` of its surface
 * @param beside the manifest from outside the module: JSON text or its value. Where both are there they must say the
 *   same, so that nobody can review one and run the other
 * @throws INVALID_MANIFEST when there is none, two, or one that {@link checkManifest} refuses; ABI_MISMATCH
 */
export function readManifest(sections: readonly SurfaceManifest[], beside?: unknown): Manifest {
  const [section, second] = sections;
  if (second !== undefined) {
    throw invalid(
      `The module has ${sections.length} custom sections ${quote(MANIFEST_SECTION)}: build it again (the second stands at offset ${hex(second.offset)})`,
      [],
    );
  }
  if (section === undefined && beside === undefined) {
    throw invalid(
      `The plugin has no manifest: neither a custom section ${quote(MANIFEST_SECTION)} nor a plugin.json beside it. ` +
        'Build it with `ringfence build`, or write a plugin.json: { "name": …, "version": "1.0.0", "abi": 1, "functions": { … } }',
      [],
    );
  }
  const outside = beside === undefined ? undefined : readDocument(beside);
  if (section === undefined) return checkManifest(outside);
  const inside = readDocument(section.data);
  const difference =
    outside === undefined ? undefined : firstDifference(withoutVariants(inside), withoutVariants(outside), '');
  if (difference !== undefined) {
    throw invalid(
      `The manifest inside the wasm and the one beside it differ at ${difference === '' ? 'the top level' : difference}. ` +
        'Build the plugin again, or remove the file beside it',
      [difference],
    );
  }
  return checkManifest(inside);
}

/**
 * Checks a manifest on its own.
 * @param document its value, or JSON text
 * @throws INVALID_MANIFEST naming each wrong field by its JSON pointer, what was expected and what came (`details.problems`);
 *   ABI_MISMATCH for another version of the guest ABI or of the host API
 */
export function checkManifest(document: unknown): Manifest {
  const manifest = readDocument(document);
  checkAbi(manifest);
  const validate = manifestValidator();
  if (!validate(manifest)) throw invalidFields(validate.errors as ErrorObject[]);
  const checked = { permissions: NOTHING, ...(manifest as JsonObject) } as unknown as Manifest;
  located(() => {
    checkVersions(checked);
    checkVariants(checked);
    for (const name of Object.keys(checked.functions)) checkFunctionName(name, `/functions/${pointerStep(name)}`);
    checkSchemas(checked);
    checkHosts(checked);
    checkLimits(checked);
  });
  return Object.freeze(Object.assign(Object.create(null), checked));
}

const NOTHING: Permissions = Object.freeze(Object.create(null));

function readDocument(given: unknown): Json {
  const { manifestBytes, manifestDepth } = STRUCTURE;
  return located(() => {
    const text = given instanceof Uint8Array || typeof given === 'string';
    const value = text ? undefined : toPlainData(given, manifestDepth);
    const size = sizeOf(text ? given : JSON.stringify(value));
    if (size > manifestBytes) throw new JsonProblem('', `has ${size} bytes: at most ${manifestBytes} are allowed`);
    return text ? parseJson(given, manifestDepth) : (value as Json);
  });
}

/** In bytes of UTF-8. */
function sizeOf(text: string | Uint8Array): number {
  return typeof text === 'string' ? new TextEncoder().encode(text).length : text.length;
}

/** Another version of the ABI may have another schema, so this comes first. */
function checkAbi(manifest: Json): void {
  const abi = isJsonObject(manifest) ? manifest.abi : undefined;
  if (typeof abi !== 'number' || abi === ABI_VERSION) return;
  throw new RingfenceError(
    'ABI_MISMATCH',
    `The manifest says guest ABI version ${abi}, but this engine speaks version ${ABI_VERSION}: rebuild the plugin with an SDK for version ${ABI_VERSION}`,
    { stage: 'validate', details: { wanted: abi, offered: ABI_VERSION } },
  );
}

function checkVersions({ version, api, dependencies = {} }: Manifest): void {
  if (parseVersion(version) === null)
    throw new JsonProblem('/version', `expected a semantic version such as "1.2.3", got ${quote(version)}`);
  for (const [name, range] of Object.entries(dependencies)) {
    if (parseRange(range) === null) {
      throw new JsonProblem(
        `/dependencies/${pointerStep(name)}`,
        `expected a range of versions such as "^1.2.0", got ${quote(range)}`,
      );
    }
  }
  if (api === undefined) return;
  if (parseRange(api) === null)
    throw new JsonProblem('/api', `expected a range of versions such as "^1.0.0", got ${quote(api)}`);
  if (!satisfies(API_VERSION, api)) {
    throw new RingfenceError(
      'ABI_MISMATCH',
      `The plugin needs the host API ${quote(api)}, but this engine offers ${API_VERSION}`,
      { stage: 'validate', details: { wanted: api, offered: API_VERSION } },
    );
  }
}

function checkVariants({ variants = [] }: Manifest): void {
  variants.forEach(({ node }, i) => {
    if (node === undefined || parseRange(node) !== null) return;
    throw new JsonProblem(`/variants/${i}/node`, `expected a range of versions such as ">=24", got ${quote(node)}`);
  });
}

function checkSchemas({ config, functions }: Manifest): void {
  if (config !== undefined) checkGuestSchema(config, '/config');
  for (const [name, { input, output }] of Object.entries(functions)) {
    const path = `/functions/${pointerStep(name)}`;
    if (input !== undefined) checkGuestSchema(input, `${path}/input`);
    if (output !== undefined) checkGuestSchema(output, `${path}/output`);
  }
}

function checkHosts({ permissions: { http = [] } }: Manifest): void {
  http.forEach(({ host, paths = [] }, i) => {
    if (parseOriginPattern(host) === undefined)
      throw new JsonProblem(`/permissions/http/${i}/host`, `expected a host as a URL has it, got ${quote(host)}`);
    const odd = paths.find((path) => !isPathPrefix(path));
    if (odd !== undefined)
      throw new JsonProblem(`/permissions/http/${i}/paths`, `expected a path without "." and "..", got ${quote(odd)}`);
  });
}

function checkLimits({ limits }: Manifest): void {
  try {
    resolveLimits(limits);
  } catch (error) {
    if (!isRingfenceError(error, 'INVALID_OPTION')) throw error;
    const { limit } = error.details;
    throw new JsonProblem(typeof limit === 'string' ? `/limits/${pointerStep(limit)}` : '/limits', error.message);
  }
}

/** Which builds there are is said beside them: no build need know of the others. */
function withoutVariants(manifest: Json): Json {
  if (!isJsonObject(manifest)) return manifest;
  const { variants: _, ...rest } = manifest;
  return rest;
}

/** JSON pointer of the first place where two documents differ. */
function firstDifference(a: Json | undefined, b: Json | undefined, path: string): string | undefined {
  if (isJsonObject(a) && isJsonObject(b)) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const found = firstDifference(a[key], b[key], `${path}/${pointerStep(key)}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < Math.max(a.length, b.length); i++) {
      const found = firstDifference(a[i], b[i], `${path}/${i}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return a === b ? undefined : path;
}

const SHOWN_PROBLEMS = 10;

/** ajv reports a failed `anyOf` and each of its branches: only the outermost error of a place is kept. */
function invalidFields(errors: readonly ErrorObject[]): RingfenceError {
  const outer = errors.filter(({ schemaPath }) => !schemaPath.includes('/anyOf/'));
  const kept = outer.length === 0 ? errors : outer;
  const problems = [...new Set(kept.map(describeSchemaError))];
  const shown = problems.slice(0, SHOWN_PROBLEMS);
  if (problems.length > shown.length) shown.push(`and ${problems.length - shown.length} more`);
  const message = shown.length === 1 ? ` ${shown[0]}` : shown.map((problem) => `\n  ${problem}`).join('');
  return invalid(`The manifest is not valid:${message}`, [...new Set(kept.map(pathOf))], shown);
}

/** Runs `step` and turns what it found wrong with the document into an error of the engine. */
function located<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof JsonProblem)) throw error;
    // Parsers quote what they do not understand.
    const said = escapeInvisible(error.message);
    const problem = error.path === '' ? said : `${shortPath(error.path)}: ${said}`;
    throw invalid(
      error.path === '' ? `The manifest ${problem}` : `The manifest is not valid: ${problem}`,
      [error.path],
      [problem],
    );
  }
}

function invalid(message: string, paths: readonly string[], problems: readonly string[] = [message]): RingfenceError {
  return new RingfenceError('INVALID_MANIFEST', message, { stage: 'validate', details: { paths, problems } });
}
