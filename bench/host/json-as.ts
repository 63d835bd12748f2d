/** The same document read by json-as, a JSON library for AssemblyScript, inside a metered guest: into a class, as its authors use it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from 'assemblyscript/asc';
import { MAX_FUEL, meter } from '../../engine/meter/index.ts';

const SOURCE = `
import { JSON } from "json-as";
@json
class Song { id: i32 = 0; title: string = ""; artists: string[] = []; ms: f64 = 0; }
export function alloc(size: i32): usize { return heap.alloc(size); }
export function run(at: usize, size: i32, n: i32): f64 {
  let sum: f64 = 0;
  for (let i = 0; i < n; i++) sum += JSON.parse<Song>(String.UTF8.decodeUnsafe(at, size)).ms;
  return sum;
}`;

interface Guest {
  readonly memory: WebAssembly.Memory;
  readonly alloc: (size: number) => number;
  readonly run: (at: number, size: number, n: number) => number;
}

/** Compiling takes a second: once for all instances. */
let compiled: Promise<Uint8Array<ArrayBuffer>> | undefined;

/** @returns parses `document` so many times, with fuel counted and no limit in reach */
export async function jsonAsGuest(document: string): Promise<(n: number) => void> {
  compiled ??= compile();
  const { bytes, report } = meter(await compiled, { slice: false });
  const abort = (): never => {
    throw new Error('json-as gave up');
  };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { abort } });
  const begin = exports[report.hidden.begin] as (fuel: number) => void;
  begin(MAX_FUEL);
  if (report.hidden.start !== undefined) (exports[report.hidden.start] as () => void)();
  const { memory, alloc, run } = exports as unknown as Guest;
  const text = new TextEncoder().encode(document);
  const at = alloc(text.length);
  new Uint8Array(memory.buffer).set(text, at);
  const expected = (JSON.parse(document) as { ms: number }).ms;
  return (n) => {
    begin(MAX_FUEL);
    if (run(at, text.length, n) !== expected * n) throw new Error('json-as read something else');
  };
}

/** Inside the package, since the compiler looks for libraries beside its sources. */
async function compile(): Promise<Uint8Array<ArrayBuffer>> {
  const root = join(import.meta.dirname, '../..');
  const dir = mkdtempSync(join(root, 'node_modules/.json-as-'));
  try {
    writeFileSync(join(dir, 'song.ts'), SOURCE);
    const out = join(dir, 'song.wasm');
    const options = ['-O3', '--transform', 'json-as/transform', '--runtime', 'incremental', '--exportRuntime'];
    const { error, stderr } = await main(['song.ts', '--baseDir', dir, ...options, '-o', 'song.wasm']);
    if (error !== null) throw new Error(`json-as does not compile: ${stderr.toString()}`, { cause: error });
    return new Uint8Array(readFileSync(out));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
