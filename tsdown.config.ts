import { defineConfig } from 'tsdown';

export default defineConfig({
  entry: {
    index: 'engine/index.ts',
    'meter/index': 'engine/meter/index.ts',
    'wasm/index': 'engine/wasm/index.ts',
    'testing/index': 'engine/testing/index.ts',
    transform: 'engine/build/asc-transform.ts',
    'cli/main': 'engine/cli/main.ts',
    'cli/dev/compiler-thread': 'engine/cli/dev/compiler-thread.ts',
    // Threads and processes start in these: engine/own-file.ts finds them.
    'cli/raw-plugin-thread': 'engine/cli/raw-plugin-thread.ts',
    'runtime/compiler-thread': 'engine/runtime/compiler-thread.ts',
    'executors/remote/child-main': 'engine/executors/remote/child-main.ts',
    'executors/remote/child-guest': 'engine/executors/remote/child-guest.ts',
    'executors/remote/worker-main': 'engine/executors/remote/worker-main.ts',
  },
  format: 'esm',
  // .js and .d.ts, as package.json names them.
  fixedExtension: false,
  dts: true,
  platform: 'node',
  target: 'node22.19',
  sourcemap: true,
});
