/** What is measured: the forms, the work, and what is held against what. */
import type { Comparison } from '../support/comparison.ts';

export const FORMS = [
  'es-module',
  'rpc-process',
  'grpc-service',
  'wasm-inline',
  'wasm-worker',
  'wasm-process',
] as const;
export type FormName = (typeof FORMS)[number];

interface FormRow {
  /** Where there is little room. */
  readonly name: string;
  readonly title: string;
  /** Of the isolation table: what the safety of this form is read from. */
  readonly peer: string;
  readonly fairness: string;
}

const WASM_FAIRNESS = `The committed plugin in AssemblyScript, loaded by an engine whose options are all at their defaults but the
executor and the requests in a minute; every load is of bytes that it has not seen, so that no cache helps. The requests of the plugin leave through the gateway
of the engine, which checks every address; the others use \`fetch\`.`;

export const FORM_TABLE: Readonly<Record<FormName, FormRow>> = {
  'es-module': {
    name: 'ES module',
    title: 'dynamic library: an ES module, in the process',
    peer: 'es module',
    fairness: `\`import()\` of the module, with a new query for every load, which is how programs reload modules without more tools. There is no
call to unload one: what is measured as reload is importing the next one and forgetting the old one.`,
  },
  'rpc-process': {
    name: 'RPC process',
    title: 'RPC process: a child, JSON over its channel',
    peer: 'child process',
    fairness: `\`fork\` and its JSON messages, calls by number, the way of go-plugin and of editors. The child runs the very ES module. A
reload starts a second child, waits until it is ready, and kills the first.`,
  },
  'grpc-service': {
    name: 'gRPC service',
    title: 'gRPC service: a child with a server of grpc-js',
    peer: 'grpc service',
    fairness: `@grpc/grpc-js with a .proto file, over TCP on the loopback and without TLS, in a child that runs the very ES module. Answers travel
as JSON text in one field, since they have no fixed shape; typed messages would spare some of the parsing. Reloads as those of the
RPC process.`,
  },
  'wasm-inline': {
    name: 'Ringfence inline',
    title: 'WebAssembly: Ringfence, on the calling thread',
    peer: 'ringfence inline',
    fairness: WASM_FAIRNESS,
  },
  'wasm-worker': {
    name: 'Ringfence worker',
    title: 'WebAssembly: Ringfence, in a worker',
    peer: 'ringfence worker',
    fairness: WASM_FAIRNESS,
  },
  'wasm-process': {
    name: 'Ringfence process',
    title: 'WebAssembly: Ringfence, in a child',
    peer: 'ringfence process',
    fairness: WASM_FAIRNESS,
  },
};

export const BASELINE: FormName = 'es-module';
export const CONTROL = 'control';
export const COMPARISONS: readonly Comparison[] = [
  ...FORMS.filter((form) => form !== BASELINE).map((subject) => ({ subject, baseline: BASELINE })),
  { subject: CONTROL, baseline: BASELINE },
];

/** What is timed. Those with a call time one call of a loaded plugin. */
export const WORK = {
  load: undefined,
  reload: undefined,
  'a call refused': { name: 'get_song_detail', input: { id: '../playlists/everything' } },
  'a call with a request': { name: 'get_song_detail', input: { id: 'song-1' } },
  'a call with 2,000 lines': { name: 'get_song_lyrics', input: { id: 'long' } },
} as const;
export type WorkName = keyof typeof WORK;
export const WORK_NAMES = Object.keys(WORK) as WorkName[];
/** The one that computes: what CPU time is measured on. */
export const COMPUTING = WORK['a call with 2,000 lines'];
export const LONG_LYRICS_LINES = 2_000;
