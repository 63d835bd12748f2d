/**
 * The layers of the engine, read from its imports: they point one way, there are no cycles, and what also runs in a
 * browser imports nothing of Node's.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../engine', import.meta.url).pathname;

/**
 * From the bottom up: each layer may import itself and those it names. `base` is the files that stand directly in
 * engine/ and are neither `top` nor index.ts.
 */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  base: [],
  abi: ['base'],
  memory: ['base'],
  wasm: ['base'],
  validate: ['base', 'abi', 'wasm'],
  component: ['base', 'abi', 'wasm', 'validate'],
  meter: ['base', 'wasm', 'validate'],
  host: ['base', 'abi', 'memory', 'wasm', 'validate'],
  runtime: ['base', 'abi', 'memory', 'wasm', 'validate', 'component', 'meter', 'host'],
  executors: ['base', 'abi', 'memory', 'meter', 'host', 'runtime'],
  pool: ['base', 'host', 'executors'],
  recording: ['base', 'abi', 'validate', 'meter', 'host', 'runtime', 'executors'],
  plugin: ['base', 'abi', 'validate', 'host', 'runtime', 'executors', 'pool'],
  top: [
    'base',
    'abi',
    'memory',
    'wasm',
    'validate',
    'meter',
    'host',
    'runtime',
    'executors',
    'pool',
    'recording',
    'plugin',
  ],
  manager: ['base', 'abi', 'wasm', 'validate', 'host', 'runtime', 'top'],
  // index.ts: what users import.
  public: [
    'base',
    'abi',
    'memory',
    'wasm',
    'validate',
    'meter',
    'host',
    'runtime',
    'executors',
    'pool',
    'recording',
    'top',
    'manager',
  ],
  build: ['base', 'abi', 'wasm', 'validate', 'component'],
  // For tests of plugins: the engine with something else in place of the outside.
  testing: ['base', 'host', 'runtime', 'top'],
  // `inspect` and `build` look at plugins without an engine.
  cli: [
    'base',
    'abi',
    'build',
    'wasm',
    'validate',
    'component',
    'meter',
    'host',
    'runtime',
    'top',
    'manager',
    'public',
  ],
};

const TOP_FILES = new Set(['engine.ts', 'plugin.ts']);

/** These layers run outside Node too. */
const PORTABLE_LAYERS = new Set(['base', 'abi', 'memory', 'wasm', 'validate', 'component', 'meter']);
/** Services that need Node; the other files of host/ are portable. */
const NODE_HOST_FILES = /^host\/(?:http\/.*|kv-sqlite\.ts$)/;
/** Packages that need Node. */
const NODE_PACKAGES = new Set(['undici', 'assemblyscript', 'commander']);

interface Import {
  readonly from: string;
  /** A path inside engine/, or a package or builtin as written. */
  readonly to: string;
  readonly inside: boolean;
  /** Gone before the code runs. */
  readonly typeOnly: boolean;
}

const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => relative(ROOT, join(ROOT, file)).split(sep).join('/'));

/** `import … from '…'`, `export … from '…'`, `import '…'` and `import('…')`, at the start of a statement or expression. */
const STATEMENT = /\b(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\(\s*'([^']+)'/g;

function importsOf(file: string): Import[] {
  const source = readFileSync(join(ROOT, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  return [...source.matchAll(STATEMENT)].map(([, type, statement, expression]) => {
    const specifier = statement ?? expression ?? '';
    const inside = specifier.startsWith('.');
    return {
      from: file,
      to: inside ? posix.join(posix.dirname(file), specifier) : specifier,
      inside,
      typeOnly: type !== undefined,
    };
  });
}

const imports = files.flatMap(importsOf);

function layerOf(file: string): string {
  const [folder, rest] = file.split('/');
  if (rest !== undefined) return folder ?? '';
  if (file === 'index.ts') return 'public';
  return TOP_FILES.has(file) ? 'top' : 'base';
}

const show = ({ from, to }: Import): string => `${from} imports ${to}`;

describe('imports', () => {
  it('are found at all', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(imports.length).toBeGreaterThan(files.length);
  });

  it('of every layer are known', () => {
    expect([...new Set(files.map(layerOf))].filter((layer) => LAYERS[layer] === undefined)).toEqual([]);
  });

  it('name files that exist, with their extension', () => {
    const known = new Set(files);
    const outside = (to: string): boolean => to.startsWith('..');
    expect(imports.filter(({ inside, to }) => inside && !known.has(to) && !outside(to)).map(show)).toEqual([]);
  });

  it('stay inside the engine', () => {
    expect(imports.filter(({ inside, to }) => inside && to.startsWith('..')).map(show)).toEqual([]);
  });

  it('point downward only', () => {
    const upward = imports.filter(({ from, to, inside }) => {
      const own = layerOf(from);
      return inside && layerOf(to) !== own && LAYERS[own]?.includes(layerOf(to)) !== true;
    });
    expect(upward.map(show)).toEqual([]);
  });

  it('reach the engine from the command line through index.ts alone', () => {
    const past = imports.filter(({ from, to }) => layerOf(from) === 'cli' && layerOf(to) === 'top');
    expect(past.map(show)).toEqual([]);
  });

  it('are of files that the oldest Node.js reads as they are, which knows no `using`', () => {
    const using = files.filter((file) => /^\s*(?:await )?using \w/m.test(readFileSync(join(ROOT, file), 'utf8')));
    expect(using).toEqual([]);
  });

  it('have no cycles', () => {
    expect(findCycle()).toEqual([]);
  });

  it('of what runs in a browser too name nothing of Node', () => {
    const portable = (file: string): boolean => {
      const layer = layerOf(file);
      return PORTABLE_LAYERS.has(layer) || (layer === 'host' && !NODE_HOST_FILES.test(file));
    };
    const node = imports.filter(
      ({ from, to, inside }) => !inside && portable(from) && (isBuiltin(to) || NODE_PACKAGES.has(to)),
    );
    expect(node.map(show)).toEqual([]);
  });
});

/** The files of one cycle, the first once more at its end; empty where there is none. Type imports do not count. */
function findCycle(): string[] {
  const edges = new Map<string, string[]>();
  for (const { from, to, inside, typeOnly } of imports) {
    if (inside && !typeOnly) edges.set(from, [...(edges.get(from) ?? []), to]);
  }
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    path.push(file);
    for (const next of edges.get(file) ?? []) {
      const found = visit(next);
      if (found.length > 0) return found;
    }
    path.pop();
    done.add(file);
    return [];
  };
  for (const file of edges.keys()) {
    const found = visit(file);
    if (found.length > 0) return found;
  }
  return [];
}
