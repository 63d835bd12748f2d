/**
 * Numbers in documents that look like measurements and are none: limits and defaults that are set, formats, versions, and other
 * people's limits. Each text has to stand in its document as it is here; the reason says where the number comes from.
 */
export const DEFINITIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '../README.md': {
    '22.19': 'version of Node.js',
    '13 packages, 9.6 MiB': 'what package-lock.json installs, by npm run bench:install',
    '95 % intervals': 'of bench:compare',
    'Apache-2.0': 'licence',
  },
  'BENCHMARKS.md': {
    '95 % interval': 'of bench:compare',
    'over 1 GiB of memory': 'limit of the watchdog',
    'cut off after 30 seconds': 'limit of the isolation table',
    '32 MiB, one second a call, 1 MiB of output': 'limits of the isolation table',
  },
  'EMBEDDING.md': {
    'up to some 64 MiB of the modules': 'default of the cache in memory',
    '512 MiB; then what was not used': 'default of the disk cache',
  },
  'OPERATING.md': {
    'YAML 1.2': 'version',
    '| 10 s, 3 |': 'defaults of healthEveryMs and unhealthyAfter',
    '5 s': 'default of breakerOpenMs',
    '5 in 10 minutes': 'defaults of restartAttempts and restartWindowMs',
    'after the swap (10 s)': 'default of watchMs',
  },
  'PLUGINS.md': {
    'about 1.1 MB': 'size of plugins/template/template.wasm, which is committed',
    'WASI 0.2': 'version',
  },
  'RATIONALE.md': {
    '"50 ms of CPU"': 'an example of a budget',
    'in 17 bytes': 'size of the module in test/validate/bombs.test.ts',
    'up to 16 MB in C, Rust and Go': 'size of programs',
    'eight guests of 4 ms each': 'an example',
    'have not had 2 ms in': 'budget in runtime/turns.ts',
    'more than 64 MiB': 'limit in runtime/snapshot',
    'is 4 MiB**': 'size in executors/remote/guest-heap.ts',
    'At 0 B': 'size of an input',
    'at 0 B': 'size of an input',
    'at 64 KB': 'size of an input',
    'and 1.5 times as long as compiling': 'the aim',
    'of 0.09 to 10 MB': 'sizes of the modules in bench/meter/modules.ts',
    'a 10 MB': 'size of a module in bench/meter/modules.ts',
    'a 100 KB module': 'size of a module in bench/meter/modules.ts',
    'modules of up to 64 KB are compiled in place': 'limit in runtime/',
    'For 10 KB a load': 'size of a plugin',
    'Files of up to 16 KiB': 'limit in runtime/',
    'has 1.1 MB and begins with 1.4 MiB': 'of plugins/template/template.wasm, which is committed',
    'WASI 0.2': 'version',
    'tsdown 0.22': 'version',
    'a compiler of 101 MiB': 'what package-lock.json installs, by npm run bench:install',
    '13 packages and 9.6 MiB': 'what package-lock.json installs, by npm run bench:install',
    'after it, 0.23,': 'version',
    'may hold 1 GiB': 'limit of the watchdog',
    '22.19': 'version of Node.js',
    '22.18': 'version of Node.js',
  },
  'SECURITY.md': {
    'a fixed overhead of 64 MiB': 'what is promised, and tested',
    'files of up to 16 KiB': 'limit in runtime/',
    'HTTP/1.1': 'version',
    'WASI 0.2': 'version',
  },
};
