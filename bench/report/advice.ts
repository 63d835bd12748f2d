/** What each way of running other people's code is for, by the beginning of its name in the isolation table: the longest that fits. */
const ADVICE: readonly (readonly [name: string, text: string])[] = [
  [
    'ringfence inline',
    'short calls of plugins that you half trust, at the lowest latency; one thread, fuel and deadlines',
  ],
  ['ringfence worker', 'the default: what a plugin computes does not stop your event loop'],
  ['ringfence process', 'tenants that you trust least: a crash of V8 costs a child, and with it the plugins in it'],
  ['plain V8', 'wasm that you wrote yourself: nothing is faster, and nothing stops it'],
  [
    'extism',
    'plugins that hosts in other languages run, too; set its limits, which are off by default, and try them with your version',
  ],
  [
    'quickjs',
    'scripts in JavaScript from strangers, where speed does not matter; it runs everywhere, without native code',
  ],
  ['isolated-vm', 'scripts in JavaScript at the speed of V8, where a native addon can be installed'],
  ['node:vm', 'your own scripts: its documentation says that it is no security mechanism'],
  ['worker_threads', 'your own code that computes for long; it can do whatever the process can'],
  ['child process', 'whole programs that need a system, walled in by the system’s own means'],
  ['gRPC', 'services in any language that are deployed apart, and trusted like any other service'],
  ['grpc', 'services in any language that are deployed apart, and trusted like any other service'],
  ['wasmtime', 'wasm outside of Node.js, or with a process for each call'],
  ['ES module', 'code of your own that is loaded late: it is part of your program'],
];

export function adviceFor(peer: string): string {
  const found = ADVICE.filter(([name]) => peer.toLowerCase().startsWith(name.toLowerCase()));
  return found.sort(([a], [b]) => b.length - a.length)[0]?.[1] ?? '';
}
