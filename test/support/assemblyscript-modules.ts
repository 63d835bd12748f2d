/** A program of some size as AssemblyScript compiles it, optimised and not. */
import type { RealModule } from './real-modules.ts';
import { compileAssemblyScript } from './toolchains.ts';

const ASSEMBLYSCRIPT = `
class Point { constructor(public x: f64, public y: f64) {} }
const seen = new Map<string, i32>();
export function count(text: string): i32 {
  const words = text.split(" ");
  for (let i = 0; i < words.length; i++) {
    const word = words[i].toLowerCase();
    seen.set(word, (seen.has(word) ? seen.get(word) : 0) + 1);
  }
  return seen.size;
}
export function length(n: i32): f64 {
  const points: Point[] = [];
  for (let i = 0; i < n; i++) points.push(new Point(Math.sin(<f64>i), Math.sqrt(<f64>i)));
  return points.reduce((sum: f64, point: Point) => sum + Math.hypot(point.x, point.y), 0.0);
}
export function show(n: i64): string { return n.toString(16).padStart(20, "0"); }
`;

export const assemblyScriptModules: readonly RealModule[] = [
  { name: 'AssemblyScript: release', bytes: await compileAssemblyScript(ASSEMBLYSCRIPT, ['-O3', '--exportRuntime']) },
  {
    name: 'AssemblyScript: debug',
    bytes: await compileAssemblyScript(ASSEMBLYSCRIPT, ['--debug', '--runtime', 'minimal']),
  },
];
