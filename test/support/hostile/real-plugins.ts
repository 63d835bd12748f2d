/** Real plugins, built when first asked for: AssemblyScript through the builder, and one assembled from text. */
import { buildPlugin } from '../../../engine/build/index.ts';
import { tinyPlugin } from './plugin-wat.ts';

const CALCULATOR = new URL('../../../plugins/calculator', import.meta.url);

export interface RealPlugin {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The calculator, released: some 50 KB of AssemblyScript with its runtime. */
export async function calculator(): Promise<RealPlugin> {
  const { wasm } = await buildPlugin({ source: CALCULATOR.pathname, outDir: false });
  return { name: 'calculator (AssemblyScript)', bytes: wasm };
}

export const tiny: RealPlugin = { name: 'tiny (text)', bytes: tinyPlugin() };
