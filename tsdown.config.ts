import { defineConfig } from 'tsdown';

export default defineConfig({
  entry: { index: 'engine/index.ts' },
  format: 'esm',
  dts: true,
  platform: 'node',
  target: 'node22.18',
  sourcemap: true,
});
