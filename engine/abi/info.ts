/** What a plugin says of itself when asked (`plugin_get_info`), compared with what its manifest said before it ran. */
import { RingfenceError } from '../errors.ts';
import { API_VERSION } from './exports.ts';
import { decodeOutput } from './json.ts';

/** The part of the manifest that has to agree. */
export interface Announced {
  readonly name: string;
  readonly version: string;
  readonly functions: Readonly<Record<string, unknown>>;
}

/** What is longer is not kept. */
const KEPT_LENGTH = 10_000;
/** By manifest, what agreed with it last: each instance of a plugin says the same. */
const agreed = new WeakMap<Announced, string>();

/**
 * @param text what `plugin_get_info` returned
 * @throws BAD_OUTPUT when it is not JSON; INVALID_MANIFEST naming the field that is missing or differs; ABI_MISMATCH for a host
 *   API of another major version
 */
export function checkInfo(text: string, manifest: Announced): void {
  if (agreed.get(manifest) === text) return;
  const info = decodeOutput(text, 'plugin_get_info');
  if (typeof info !== 'object' || info === null || Array.isArray(info)) {
    throw disagrees('plugin_get_info', 'an object {name, version, apiVersion, capabilities, functions}', info);
  }
  const { name, version, apiVersion, capabilities = [], functions = [] } = info as Record<string, unknown>;
  if (name !== manifest.name) throw disagrees('name', `${JSON.stringify(manifest.name)} as in the manifest`, name);
  if (version !== manifest.version) {
    throw disagrees('version', `${JSON.stringify(manifest.version)} as in the manifest`, version);
  }
  checkApi(apiVersion);
  if (!isTexts(capabilities)) throw disagrees('capabilities', 'a list of names', capabilities);
  if (!isTexts(functions)) throw disagrees('functions', 'a list of names', functions);
  const unknown = functions.find((fn) => !Object.hasOwn(manifest.functions, fn));
  if (unknown !== undefined) throw disagrees('functions', 'only functions of the manifest', unknown);
  if (text.length <= KEPT_LENGTH) agreed.set(manifest, text);
}

/** "1", "1.2.0" and 1 all ask for major version 1. */
function checkApi(apiVersion: unknown): void {
  const major = /^(\d+)(?:\.|$)/.exec(String(apiVersion))?.[1];
  if (major === undefined)
    throw disagrees('apiVersion', `a version of the host API such as "${API_VERSION}"`, apiVersion);
  if (major !== API_VERSION.split('.')[0]) {
    throw new RingfenceError(
      'ABI_MISMATCH',
      `The plugin wants version ${major} of the host API, but this engine offers ${API_VERSION}: rebuild it with an SDK for that version`,
      { stage: 'start', details: { wanted: apiVersion, offered: API_VERSION } },
    );
  }
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

function disagrees(field: string, expected: string, came: unknown): RingfenceError {
  const shown = JSON.stringify(came)?.slice(0, 200) ?? 'nothing';
  return new RingfenceError(
    'INVALID_MANIFEST',
    `plugin_get_info does not agree with the manifest: expected \`${field}\` to be ${expected}, got ${shown}`,
    { stage: 'start', details: { field, expected, came: shown } },
  );
}
