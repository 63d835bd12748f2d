/** Guest ABI v1 as data: what a plugin exports, with types. Pure: the validator, the inspector and the runtime share it. */

/** Version of the guest ABI that this engine speaks; it is in the name of the marker export. */
export const ABI_VERSION = 1;
/** Host API version: what `apiVersion` of `plugin_get_info` and `api` of a manifest are compared with. */
export const API_VERSION = '1.0.0';
/** Exported and never called: the handshake. */
export const ABI_MARKER = `ringfence_abi_v${ABI_VERSION}`;
/** `plugin.call('count')` calls the export `plugin_count`. */
export const FUNCTION_PREFIX = 'plugin_';

type AbiType = 'i32' | 'i64';
export interface AbiExport {
  readonly params: readonly AbiType[];
  readonly results: readonly AbiType[];
  readonly required: boolean;
  readonly doc: string;
}

const row = (params: readonly AbiType[], results: readonly AbiType[], required: boolean, doc: string): AbiExport => ({
  params,
  results,
  required,
  doc,
});
const REQUIRED = true;
const OPTIONAL = false;

/** Functions by export name. A plugin also exports its one memory as {@link MEMORY_EXPORT}. */
export const ABI_EXPORTS = {
  malloc: row(['i32'], ['i32'], REQUIRED, 'size -> pointer, 0 when there is no memory left'),
  free: row(['i32'], [], REQUIRED, 'pointer from malloc'),
  [ABI_MARKER]: row([], [], REQUIRED, 'marker, never called'),
  plugin_get_info: row([], ['i64'], REQUIRED, 'packed JSON {name, version, apiVersion, capabilities, functions, ...}'),
  plugin_init: row(['i32', 'i32'], ['i32'], REQUIRED, 'configuration as JSON; 0 is success'),
  plugin_start: row([], ['i32'], REQUIRED, '0 is success'),
  plugin_stop: row([], ['i32'], REQUIRED, '0 is success'),
  plugin_cleanup: row([], ['i32'], REQUIRED, '0 is success'),
  plugin_health: row([], ['i32'], OPTIONAL, '0 is healthy'),
  plugin_on_event: row(['i32', 'i32'], ['i64'], OPTIONAL, 'packed JSON {event, payload}'),
  plugin_save_state: row([], ['i64'], OPTIONAL, 'packed bytes'),
  plugin_restore_state: row(['i32', 'i32'], ['i32'], OPTIONAL, 'bytes of plugin_save_state; 0 is success'),
} as const satisfies Record<string, AbiExport>;

/** Optional exports that the host calls when it has reason to, without their prefix. */
export const HOOKS = ['health', 'on_event', 'save_state', 'restore_state'] as const;
export type HookName = (typeof HOOKS)[number];

/** Type of every other export whose name starts with {@link FUNCTION_PREFIX}: one that `plugin.call` reaches. */
export const FUNCTION_TYPE: AbiExport = row(['i32', 'i32'], ['i64'], OPTIONAL, 'input -> packed output');

/**
 * Of the type {@link FUNCTION_TYPE}: called for every function of the manifest that has no export of its own. The host function
 * `function_name` says which is meant. For guests whose functions are not known when they are compiled.
 */
export const DISPATCH_EXPORT = 'ringfence_dispatch';

export const MEMORY_EXPORT = 'memory';

export type AbiFunctionName = keyof typeof ABI_EXPORTS;
