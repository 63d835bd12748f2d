/**
 * The AssemblyScript compiler as a function from sources to wasm.
 *
 * It is driven through its library, not through `asc`: `asc` ends the process when the compiler has a bug, and prints where
 * we want data. Everything happens in one synchronous run, so that two builds never meet inside the compiler.
 */
import type { DiagnosticMessage, Program } from 'assemblyscript';
import { RingfenceError } from '../errors.ts';
import { buildFailed, type Diagnostic } from './diagnostics.ts';
import type { ReadSource, SourceFile } from './source-files.ts';

export type Compiler = typeof import('assemblyscript');

export interface Toolchain {
  readonly compiler: Compiler;
  readonly binaryen: typeof import('assemblyscript/binaryen').default;
  /** AssemblyScript's standard library: text by path without extension. */
  readonly library: Readonly<Record<string, string>>;
  readonly version: string;
}

/** Versions of the package `assemblyscript`, an optional peer, that this works with. */
const ASSEMBLYSCRIPT_RANGE = '^0.28.20';

let loading: Promise<Toolchain> | undefined;

/**
 * Loads the compiler once, on first use: it takes about half a second, which `ringfence run` need not pay.
 * @throws BUILD_FAILED where it is not installed
 */
export function loadToolchain(): Promise<Toolchain> {
  loading ??= (async () => {
    const [compiler, asc, binaryen] = await Promise.all([
      import('assemblyscript'),
      import('assemblyscript/asc'),
      import('assemblyscript/binaryen'),
    ]).catch((cause: unknown) => {
      throw (cause as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND' ? notInstalled(cause) : cause;
    });
    return { compiler, binaryen: binaryen.default, library: asc.libraryFiles, version: String(asc.version) };
  })();
  return loading;
}

function notInstalled(cause: unknown): RingfenceError {
  return new RingfenceError(
    'BUILD_FAILED',
    `Building an AssemblyScript plugin takes the package assemblyscript, which is not installed beside the package ringfence: npm install --save-dev assemblyscript@${ASSEMBLYSCRIPT_RANGE}. If the plugin has both, run its own ringfence, in its directory`,
    { stage: 'build', details: { package: 'assemblyscript', version: ASSEMBLYSCRIPT_RANGE }, cause },
  );
}

export interface CompileOptions {
  /** The plugin's own main file: its internal path, "assembly/index". */
  readonly entry: string;
  readonly read: ReadSource;
  /** Called when all sources are parsed: returns the file that holds the exports of the module. */
  readonly glue: (program: Program) => SourceFile;
  /** 0 to 3. */
  readonly optimizeLevel: number;
  /** 0 to 2. */
  readonly shrinkLevel: number;
  /** Names of functions and locals in the module. */
  readonly debug: boolean;
  /** What the module says about where its source map is. */
  readonly sourceMapUrl: string;
}

export interface Compiled {
  readonly wasm: Uint8Array;
  /** Source map (version 3) with the sources inside; its columns are byte offsets of `wasm`. */
  readonly sourceMap: string;
  readonly warnings: readonly Diagnostic[];
}

/**
 * AssemblyScript's incremental collector, which needs no help from the outside: a call may make any amount of garbage. The
 * other runtimes save some 10 % and never free within a call ("minimal") or at all ("stub").
 */
const RUNTIME = { path: 'rt/index-incremental', id: 2, shadowStackBytes: 32_768 };
const TARGET_WASM32 = 0;

/**
 * Compiles a plugin.
 * @throws BUILD_FAILED with the compiler's diagnostics
 */
export function compile({ compiler, binaryen, library }: Toolchain, options: CompileOptions): Compiled {
  const settings = compiler.newOptions();
  compiler.setTarget(settings, TARGET_WASM32);
  compiler.setRuntime(settings, RUNTIME.id);
  compiler.setStackSize(settings, RUNTIME.shadowStackBytes);
  compiler.setSourceMap(settings, true);
  compiler.setDebugInfo(settings, options.debug);
  compiler.setOptimizeLevelHints(settings, options.optimizeLevel, options.shrinkLevel);

  const program = compiler.newProgram(settings);
  const warnings: Diagnostic[] = [];
  const checked = <T>(step: string, run: () => T): T => {
    let result: T;
    try {
      result = run();
    } catch (error) {
      // The compiler's own assertions: what it has found out so far often says which line it stumbled over.
      const message = `the AssemblyScript compiler failed while ${step}: ${error instanceof Error ? error.message : String(error)}`;
      throw buildFailed([...drain(compiler, program), { severity: 'error', message }], { cause: error });
    }
    const diagnostics = drain(compiler, program);
    if (diagnostics.some(({ severity }) => severity === 'error')) throw buildFailed(diagnostics);
    warnings.push(...diagnostics);
    return result;
  };

  checked('parsing', () => {
    for (const [path, text] of Object.entries(library)) {
      // Those in directories are parsed when something imports them.
      if (!path.includes('/')) compiler.parse(program, text, `~lib/${path}.ts`, false);
    }
    // The runtime first, so that its set-up runs first.
    compiler.parse(program, library[RUNTIME.path] ?? null, `~lib/${RUNTIME.path}.ts`, true);
    parseFile(options.entry);
    parseImports();
  });
  const glue = options.glue(program);
  checked('parsing', () => {
    compiler.parse(program, glue.text, glue.path, true);
    parseImports();
  });
  checked('resolving names', () => compiler.initializeProgram(program));
  const compiled = checked('compiling', () => compiler.compile(program));
  const module = binaryen.wrapModule(compiler.getBinaryenModuleRef(compiled));
  try {
    checked('validating', () => {
      if (!compiler.validate(compiled)) throw new Error('it made an invalid module');
    });
    return checked('optimizing', () => {
      compiler.optimize(compiled, options.optimizeLevel, options.shrinkLevel, options.debug);
      const { binary, sourceMap } = module.emitBinary(options.sourceMapUrl);
      return { wasm: binary, sourceMap: withSources(String(sourceMap)), warnings };
    });
  } finally {
    module.dispose();
  }

  function parseFile(internalPath: string, dependee?: string): void {
    const file = options.read(internalPath, dependee);
    compiler.parse(program, file?.text ?? null, file?.path ?? `${internalPath}.ts`, false);
  }

  function parseImports(): void {
    for (let next = compiler.nextFile(program); next !== null; next = compiler.nextFile(program)) {
      parseFile(next, compiler.getDependee(program, next) ?? undefined);
    }
  }

  function withSources(text: string): string {
    const map = JSON.parse(text) as { sources: string[] };
    const sourcesContent = map.sources.map((path) => compiler.getSource(program, path.replace(/\.ts$/, '')));
    return JSON.stringify({ ...map, sourcesContent });
  }
}

function drain(compiler: Compiler, program: Program): Diagnostic[] {
  const found: Diagnostic[] = [];
  for (let next = compiler.nextDiagnostic(program); next !== null; next = compiler.nextDiagnostic(program)) {
    found.push(toDiagnostic(compiler, next));
  }
  return found;
}

function toDiagnostic(compiler: Compiler, diagnostic: DiagnosticMessage): Diagnostic {
  const { code, message, range } = diagnostic;
  const severity = compiler.isError(diagnostic) ? 'error' : compiler.isWarning(diagnostic) ? 'warning' : 'info';
  // The compiler numbers its own messages from 100 and takes over TypeScript's, which start at 1000.
  const written = `${code < 1000 ? 'AS' : 'TS'}${code}`;
  return { severity, message, code: written, ...(range === null ? {} : placeOf(range)) };
}

/** File, line and column of a node of the sources. */
export function placeOf(range: NonNullable<DiagnosticMessage['range']>): Pick<Diagnostic, 'file' | 'line' | 'column'> {
  const { source } = range;
  const line = source.lineAt(range.start);
  return { file: source.normalizedPath, line, column: source.columnAt() };
}
