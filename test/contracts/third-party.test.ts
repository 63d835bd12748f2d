/**
 * Files that other projects' tools make, as they come out of them. Those tools are not all dependencies of this repository: where one
 * is not installed, its tests are skipped, and say so.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import asc from 'assemblyscript/asc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine, type Engine } from '../../engine/index.ts';
import { EXECUTORS } from '../../engine/options.ts';
import { failure } from '../support/errors.ts';

const require = createRequire(import.meta.url);

function installed(name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    console.warn(`${name} is not installed: files that it makes are not tried`);
    return undefined;
  }
}

const PDK = installed('@extism/as-pdk/package.json');
const VOWELS = `
  import { Config, Host, Var } from './lib/pdk';
  export function count_vowels(): i32 {
    const text = Host.inputString();
    let count = 0;
    for (let i = 0; i < text.length; i++) if ("aeiouAEIOU".includes(text.charAt(i))) count++;
    const before = Var.get("seen");
    Var.set("seen", Uint8Array.wrap(String.UTF8.encode(text)));
    const unit = Config.get("unit");
    Host.outputString((unit == null ? "" : unit) + count.toString() + (before == null ? "" : "," + String.UTF8.decode(before.buffer)));
    return 0;
  }
  export function spin(): i32 { while (true) {} return 0; }
  export function stop(message: string | null, file: string | null, line: u32, column: u32): void { unreachable(); }
`;

/** Compiled as the README of the PDK says. */
async function compilePdkPlugin(pdk: string): Promise<Uint8Array<ArrayBuffer>> {
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    ['plugin.ts', '--outFile', 'plugin.wasm', '--baseDir', '.', '--use', 'abort=plugin/stop', '-O'],
    {
      readFile: (name) => {
        if (name === 'plugin.ts') return VOWELS;
        try {
          return readFileSync(join(dirname(pdk), name), 'utf8');
        } catch {
          return null;
        }
      },
      writeFile: (_, contents) => {
        if (typeof contents !== 'string') binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error !== null || binary === undefined) throw new Error(`asc: ${error?.message}\n${stderr.toString()}`);
  return new Uint8Array(binary);
}

describe.runIf(PDK !== undefined)('a plugin of the Extism PDK for AssemblyScript', () => {
  let wasm: Uint8Array<ArrayBuffer>;
  let engine: Engine;
  beforeAll(async () => {
    wasm = await compilePdkPlugin(PDK as string);
    engine = await createEngine();
  });
  afterAll(() => engine?.close());

  test.each(EXECUTORS)('runs as it is in the executor %s', async (executor) => {
    const plugin = await engine.load(wasm, { id: `vowels-${executor}`, executor, config: { unit: 'n=' } });
    expect(await plugin.call('count_vowels', 'Hello, World')).toBe('n=3');
    expect(await plugin.call('count_vowels', 'xyz')).toBe('n=0,Hello, World');
    await failure(() => plugin.call('spin', '', { limits: { fuel: 100_000 } }), 'OUT_OF_FUEL');
    expect(await plugin.call('count_vowels', 'a')).toBe('n=1,xyz');
  });
});

const SCRIPT = {
  wit: `package t:geo;
    interface shapes {
      variant shape { circle(f64), rectangle(tuple<f64, f64>) }
      area: func(of: shape) -> result<f64, string>;
    }
    world w { export shapes; export greet: func(name: string, times: option<u8>) -> list<string>; }`,
  js: `export const shapes = { area(shape) {
      if (shape.tag === 'circle' && shape.val < 0) throw 'negative';
      return shape.tag === 'circle' ? 3 * shape.val ** 2 : shape.val[0] * shape.val[1];
    } };
    export function greet(name, times) { return Array(times ?? 1).fill('Hello, ' + name); }`,
};

type Componentize = (js: string, folder: string) => Promise<{ readonly component: Uint8Array }>;
/** By package: how a component is made with it. */
const COMPONENTIZERS: readonly (readonly [name: string, make: (module: never) => Componentize])[] = [
  [
    'componentize-qjs',
    ({ componentize }: { componentize: (options: object) => ReturnType<Componentize> }): Componentize =>
      (jsSource, folder) =>
        componentize({ witPath: join(folder, 'world.wit'), jsSource, sync: true, optSize: true }),
  ],
  [
    '@bytecodealliance/componentize-js',
    ({ componentize }: { componentize: (js: string, options: object) => ReturnType<Componentize> }): Componentize =>
      (js, folder) =>
        componentize(js, { witPath: join(folder, 'world.wit'), worldName: 'w' }),
  ],
];

describe.each(COMPONENTIZERS)('a component of %s', (name, make) => {
  test.runIf(installed(name) !== undefined)(
    'runs as it is in every executor',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'ringfence-third-party-'));
      try {
        writeFileSync(join(folder, 'world.wit'), SCRIPT.wit);
        const module: string = name;
        const { component } = await make((await import(module)) as never)(SCRIPT.js, folder);
        for (const executor of EXECUTORS) {
          await using engine = await createEngine({ executor, limits: { wasmBytes: '32MiB', memory: '128MiB' } });
          const plugin = await engine.load(new Uint8Array(component));
          expect(await plugin.call('area', [{ tag: 'rectangle', val: [2, 3.5] }])).toBe(7);
          const error = await failure(() => plugin.call('area', [{ tag: 'circle', val: -1 }]), 'GUEST_ERROR');
          expect(error.details).toMatchObject({ message: 'negative' });
          expect(await plugin.call('greet', ['Ünï'])).toEqual(['Hello, Ünï']);
          expect(await plugin.call('greet', { name: 'x', times: 2 })).toEqual(['Hello, x', 'Hello, x']);
        }
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    180_000,
  );
});
