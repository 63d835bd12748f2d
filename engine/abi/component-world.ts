/**
 * The world that components are built against (guest-sdk/wit/plugin.wit), as data: single JSON strings in and out. What a
 * component imports and exports is compared with it, type by type, and each row says what it becomes in guest ABI v1.
 */

/** The types of the world. `result` of strings has the same shape everywhere: success or nothing, and a message. */
export type WorldType = 'string' | 'u32' | 'u64' | 'bool' | 'result<string, string>' | 'result<_, string>';

export interface WorldFunction {
  readonly params: readonly WorldType[];
  readonly result: WorldType | undefined;
}

export interface WorldExport extends WorldFunction {
  readonly required: boolean;
  /** The function of guest ABI v1 that it stands for. */
  readonly abi: string;
}

const exported = (abi: string, required: boolean, params: readonly WorldType[], result: WorldType): WorldExport => ({
  abi,
  required,
  params,
  result,
});

/** By name. What is not required may be left out. */
export const WORLD_EXPORTS = {
  'get-info': exported('plugin_get_info', true, [], 'result<string, string>'),
  call: exported('ringfence_dispatch', true, ['string', 'string'], 'result<string, string>'),
  initialize: exported('plugin_init', false, ['string'], 'result<_, string>'),
  start: exported('plugin_start', false, [], 'result<_, string>'),
  stop: exported('plugin_stop', false, [], 'result<_, string>'),
  cleanup: exported('plugin_cleanup', false, [], 'result<_, string>'),
  health: exported('plugin_health', false, [], 'result<_, string>'),
  'on-event': exported('plugin_on_event', false, ['string'], 'result<string, string>'),
  'save-state': exported('plugin_save_state', false, [], 'result<string, string>'),
  'restore-state': exported('plugin_restore_state', false, ['string'], 'result<_, string>'),
} as const satisfies Record<string, WorldExport>;

export type WorldExportName = keyof typeof WORLD_EXPORTS;

/**
 * What toolchains leave among the exports for their own use while they build: never called. componentize-qjs has `init`, which
 * fills the engine's snapshot.
 */
export const BUILD_EXPORTS: readonly string[] = ['init'];

/**
 * How a host function's answer becomes a component's:
 * - `direct`: as it is
 * - `text`: packed pointer and length to a string
 * - `result`: the same, -1 for a failure whose reason `host_error` has
 * - `flag`: 1, or 0 for such a failure
 */
export type AnswerForm = 'direct' | 'text' | 'result' | 'flag';

export interface WorldImport extends WorldFunction {
  /** Name in the host table. */
  readonly host: string;
  readonly answer: AnswerForm;
}

const imported = (host: string, answer: AnswerForm, params: readonly WorldType[], result?: WorldType): WorldImport => ({
  host,
  answer,
  params,
  result,
});

/** The package of the world's interfaces, and the major version that is spoken. */
export const WORLD_PACKAGE = 'ringfence:plugin';
export const WORLD_VERSION = 1;

/** By interface and function. */
export const WORLD_IMPORTS: Readonly<Record<string, Readonly<Record<string, WorldImport>>>> = {
  log: {
    write: imported('log', 'direct', ['u32', 'string']),
    enabled: imported('log_enabled', 'direct', ['u32'], 'bool'),
  },
  config: { get: imported('config_get', 'text', ['string'], 'string') },
  clock: {
    now: imported('clock_now', 'direct', [], 'u64'),
    monotonic: imported('clock_monotonic', 'direct', [], 'u64'),
  },
  http: { request: imported('http_fetch', 'result', ['string'], 'result<string, string>') },
  kv: { request: imported('kv_request', 'result', ['string'], 'result<string, string>') },
  events: { emit: imported('emit', 'flag', ['string', 'string'], 'result<_, string>') },
  plugins: { call: imported('plugin_call', 'result', ['string', 'string'], 'result<string, string>') },
};

/** The interfaces of WASI 0.2 that a component may import. Behind them is a system without files, network and environment. */
export const WASI_INTERFACES: readonly string[] = [
  'wasi:cli/environment',
  'wasi:cli/exit',
  'wasi:cli/stdin',
  'wasi:cli/stdout',
  'wasi:cli/stderr',
  'wasi:cli/terminal-input',
  'wasi:cli/terminal-output',
  'wasi:cli/terminal-stdin',
  'wasi:cli/terminal-stdout',
  'wasi:cli/terminal-stderr',
  'wasi:clocks/monotonic-clock',
  'wasi:clocks/wall-clock',
  'wasi:filesystem/types',
  'wasi:filesystem/preopens',
  'wasi:http/types',
  'wasi:http/outgoing-handler',
  'wasi:io/error',
  'wasi:io/poll',
  'wasi:io/streams',
  'wasi:random/random',
  'wasi:random/insecure',
  'wasi:random/insecure-seed',
  'wasi:sockets/instance-network',
  'wasi:sockets/ip-name-lookup',
  'wasi:sockets/network',
  'wasi:sockets/tcp',
  'wasi:sockets/tcp-create-socket',
  'wasi:sockets/udp',
  'wasi:sockets/udp-create-socket',
];
