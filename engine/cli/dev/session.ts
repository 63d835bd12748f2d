/** One run of `ringfence dev`: a plugin that is built, loaded and tested anew at every edit, and can be called meanwhile. */
import { createInterface } from 'node:readline';
import { locatePlugin } from '../../build/place.ts';
import { isRingfenceError, RingfenceError, withContext } from '../../errors.ts';
import type { LoadOptions } from '../../index.ts';
import type { ManagedPlugin } from '../../manager/managed-plugin.ts';
import { createManager, type Manager } from '../../manager/manager.ts';
import type { TrapFrame } from '../../runtime/trap-frame.ts';
import { diagnosticLines, excerptLines, shownDiagnostics } from '../diagnostic-lines.ts';
import { printFailure, toRingfenceError } from '../failure.ts';
import { LINE_LOGGER } from '../log-lines.ts';
import { notes, output, printable } from '../terminal.ts';
import { formatCount, formatMs } from '../units.ts';
import type { BuiltInThread } from './compiler-protocol.ts';
import { PluginTests } from './plugin-tests.ts';
import { type SourceChange, type SourceWatch, watchSources } from './source-watch.ts';
import { WarmCompiler } from './warm-compiler.ts';

export interface DevOptions {
  /** The plugin's directory, or its main file. */
  readonly source: string;
  readonly outDir: string | undefined;
  readonly load: Pick<LoadOptions, 'config' | 'grants' | 'limits'>;
  /** Called after each reload. */
  readonly call: { readonly name: string; readonly input: unknown } | undefined;
  /** In place of the package's own script; false runs none. */
  readonly tests: string | false | undefined;
}

/** Below it nothing of the plugin is made from the files. */
const TEST_FILES = /^(?:test|tests|__tests__)\//;

export class DevSession {
  readonly #options: DevOptions;
  readonly #directory: string;
  readonly #compiler = new WarmCompiler();
  readonly #tests: PluginTests | undefined;
  #manager: Manager | undefined;
  #watch: SourceWatch | undefined;
  #isClosed = false;

  /** @throws UNKNOWN_PLUGIN where there is no such plugin */
  constructor(options: DevOptions) {
    this.#options = options;
    this.#directory = locatePlugin(options.source).dir;
    this.#tests = options.tests === false ? undefined : new PluginTests(this.#directory, options.tests);
  }

  /** Builds and starts the plugin, and goes on with every edit until it is closed. */
  async start(): Promise<void> {
    // Before the first build: an edit during it is not lost.
    this.#watch = await watchSources(this.#directory, (change) => this.#changed(change));
    await this.#buildAndRun(undefined);
    this.#say('dim', 'watching; type a function and its input to call it, such as: greet {"name": "Ada"}');
  }

  /** Calls that people type, one in a line. */
  readCalls(input: NodeJS.ReadableStream): void {
    const lines = createInterface({ input });
    lines.on('line', (line) => void this.#typed(line.trim()));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#tests?.stop();
    await this.#watch?.close();
    await Promise.all([this.#manager?.close(), this.#compiler.close()]);
  }

  async #changed(change: SourceChange): Promise<void> {
    if (this.#isClosed) return;
    this.#say('dim', `changed: ${printable(change.files.slice(0, 5).join(', '))}`);
    if (change.files.every((file) => TEST_FILES.test(file))) this.#test();
    else await this.#buildAndRun(change);
  }

  /** Whatever goes wrong is told, and what ran before goes on. */
  async #buildAndRun(change: SourceChange | undefined): Promise<void> {
    try {
      const built = await this.#build();
      if (this.#isClosed) return;
      const startedAt = performance.now();
      const plugin = await this.#run(built);
      const parts = [`built in ${formatMs(built.ms)}`, `loaded in ${formatMs(performance.now() - startedAt)}`];
      if (change !== undefined) parts.push(`${formatMs(performance.now() - change.noticedAt)} after the edit`);
      const { name, version } = built;
      if (plugin.state === 'running')
        this.#say('green', `${change === undefined ? 'started' : 'reloaded'} ${name} ${version}`, parts);
      else this.#say('yellow', `${plugin.state} ${name} ${version}`, [plugin.status().reason]);
    } catch (error) {
      if (this.#isClosed) return;
      this.#tell(error);
      if (this.#running !== undefined) this.#say('yellow', `the version before goes on running`);
      return;
    }
    await this.#callAfterReload();
    this.#test();
  }

  get #running(): ManagedPlugin | undefined {
    const plugin = this.#manager?.plugins[0];
    return plugin?.state === 'running' ? plugin : undefined;
  }

  async #build(): Promise<BuiltInThread> {
    const { source, outDir } = this.#options;
    try {
      const built = await this.#compiler.build({ source, outDir });
      for (const warning of shownDiagnostics(built.warnings)) {
        for (const line of diagnosticLines(warning, this.#directory)) notes.line(line);
      }
      return built;
    } catch (error) {
      throw isRingfenceError(error, 'BUILD_FAILED') ? withContext(error, { details: { dir: this.#directory } }) : error;
    }
  }

  /** Puts the new version in the place of the old one, with its state. */
  async #run({ name, file }: BuiltInThread): Promise<ManagedPlugin> {
    const known = this.#manager?.plugins[0];
    if (known?.id === name) {
      await known.reload(file);
      return known;
    }
    // Under another name it is another plugin.
    await this.#manager?.close();
    this.#manager = await createManager({
      configuration: {
        engine: { logger: LINE_LOGGER },
        // Nothing is gained by going back to what the author has just changed.
        reload: { watchMs: 0, versions: 0 },
        supervision: { restarts: 0, breakerFailures: 0, maxErrorRate: 1 },
        plugins: [{ id: name, source: file, ...this.#options.load }],
      },
    });
    await this.#manager.start();
    return this.#manager.get(name) as ManagedPlugin;
  }

  async #callAfterReload(): Promise<void> {
    const { call } = this.#options;
    if (call !== undefined && this.#running !== undefined) await this.#call(call.name, call.input);
  }

  async #typed(line: string): Promise<void> {
    if (line === '') return;
    const [, name = '', text = ''] = /^(\S+)\s*(.*)$/s.exec(line) ?? [];
    try {
      await this.#call(name, text === '' ? undefined : parseInput(text));
    } catch (error) {
      this.#tell(error);
    }
  }

  async #call(name: string, input: unknown): Promise<void> {
    const plugin = this.#manager?.plugins[0];
    if (plugin === undefined) return this.#say('yellow', 'nothing runs yet: there is no build without errors');
    try {
      const { value, usage } = await plugin.invoke(name, input);
      output.line(printable(JSON.stringify(value, null, 2) ?? 'null'));
      this.#say('dim', `${formatCount(usage.fuel.used)} fuel, ${formatMs(usage.wallMs.used)}`);
    } catch (error) {
      this.#tell(error);
    }
  }

  /** Not waited for: the next edit need not wait until they are done. */
  #test(): void {
    void this.#tests?.run().then((outcome) => {
      if (outcome === 'passed') this.#say('green', 'tests passed');
      if (outcome === 'failed') this.#say('red', 'tests failed');
    });
  }

  /** The error, and where the plugin's own code was, in its sources. */
  #tell(thrown: unknown): void {
    const error = toRingfenceError(thrown);
    printFailure(error);
    const frames = (error.details.frames as readonly TrapFrame[] | undefined) ?? [];
    for (const { source } of frames) {
      const lines = source === undefined ? [] : excerptLines(source, this.#directory);
      if (lines.length === 0) continue;
      for (const line of lines) notes.line(line);
      return;
    }
  }

  #say(style: 'green' | 'yellow' | 'red' | 'dim', what: string, parts: readonly string[] = []): void {
    const rest = parts.length === 0 ? '' : `: ${parts.map(printable).join(', ')}`;
    notes.line(`${notes.paint(style, what)}${rest}`);
  }
}

function parseInput(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RingfenceError(
      'INVALID_INPUT',
      `Expected JSON behind the name of the function: ${(cause as Error).message}`,
      {
        stage: 'call',
        cause,
      },
    );
  }
}
