/**
 * The showcase, `npm start`: builds three plugins, takes three that are compiled, and calls each on real input, then loads a plugin that spins and one that
 * grows its memory, and shows them being stopped while the others carry on. Its exit status says whether all went as it should.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildPlugin } from '../../engine/build/index.ts';
import { exitCodeOf, printFailure, toRingfenceError } from '../../engine/cli/failure.ts';
import { tableLines } from '../../engine/cli/table.ts';
import { output, printable } from '../../engine/cli/terminal.ts';
import { formatBytes, formatCount, formatMs } from '../../engine/cli/units.ts';
import {
  createEngine,
  type Engine,
  isRingfenceError,
  type LoadOptions,
  type Plugin,
  type Usage,
} from '../../engine/index.ts';
import { type Catalogue, startCatalogue } from '../catalogue/server.ts';
import { type ReportRow, reportLines } from './report.ts';
import { BYSTANDER, HOSTILE, type Outcome, STEPS, type Step } from './steps.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const LIMITS = { fuel: '500M', memory: '16MiB', timeoutMs: '5s' };
const PLUGINS = ['calculator', 'word-count', 'music-source'];
/** In C, Rust and JavaScript: they come compiled. */
const COMPILED = ['markdown', 'csv-query', 'template'];
/** Of what a call answered, in characters. */
const SHOWN = 90;

const rows: ReportRow[] = [];
let failures = 0;

try {
  await showcase(await buildAll());
} catch (thrown) {
  const error = toRingfenceError(thrown);
  printFailure(error);
  process.exitCode = exitCodeOf(error);
}

async function showcase(wasm: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const catalogue = await startCatalogue();
  const engine = await createEngine({ limits: LIMITS });
  const load = (name: string): Promise<Plugin> => engine.load(wasm.get(name) as Uint8Array, optionsOf(name, catalogue));
  try {
    for (const name of [...PLUGINS, ...COMPILED]) await load(name);
    title('Calling them');
    output.line(`  ${output.paint('dim', `music-source was granted ${catalogue.origin}, and nothing else`)}`);
    for (const step of STEPS) await run(engine, step);
    title('Letting hostile ones in');
    for (const step of HOSTILE) {
      await load(step.plugin);
      await runBeside(engine, step);
    }
    await run(engine, BYSTANDER);
  } finally {
    await engine.close();
    await catalogue.close();
  }
  title('Used against allowed');
  for (const line of reportLines(rows)) output.line(`  ${line}`);
  output.line();
  output.line(
    failures === 0
      ? `  ${output.paint(['green', 'bold'], 'All as it should be.')}`
      : `  ${output.paint(['red', 'bold'], `${failures} not as they should be.`)}`,
  );
  process.exitCode = failures === 0 ? 0 : 1;
}

async function buildAll(): Promise<ReadonlyMap<string, Uint8Array>> {
  title('Building');
  const sources = [
    ...PLUGINS.map((name) => [name, `plugins/${name}`] as const),
    ...HOSTILE.map(({ plugin }) => [plugin, `examples/showcase/hostile/${plugin}`] as const),
  ];
  const built = new Map<string, Uint8Array>();
  const lines: string[][] = [];
  for (const [name, source] of sources) {
    const startedAt = performance.now();
    const { wasm: bytes } = await buildPlugin({ source: `${repository}${source}`, outDir: false });
    lines.push([name, output.paint('dim', source), formatBytes(bytes.length), formatMs(performance.now() - startedAt)]);
    built.set(name, bytes);
  }
  for (const name of COMPILED) {
    const source = `plugins/${name}/${name}.wasm`;
    const bytes = readFileSync(`${repository}${source}`);
    lines.push([name, output.paint('dim', source), formatBytes(bytes.length), 'built']);
    built.set(name, bytes);
  }
  for (const line of tableLines([{}, {}, { align: 'right' }, { align: 'right' }], lines)) output.line(`  ${line}`);
  return built;
}

function optionsOf(name: string, { origin }: Catalogue): LoadOptions {
  return name === 'music-source' ? { grants: { http: [origin] }, config: { catalogue: origin } } : {};
}

/** Calls, judges, and keeps what the call used. */
async function run(engine: Engine, step: Step): Promise<void> {
  const { outcome, usage } = await call(engine, step);
  const came = step.judge(outcome);
  if (came === undefined) failures++;
  const mark = came === undefined ? output.paint('red', '✗') : output.paint('green', '✓');
  const shown = came ?? `not expected: ${JSON.stringify(outcome)}`;
  const given = step.given ?? JSON.stringify(step.input);
  const name = `${step.plugin}.${step.call}`;
  output.line(`  ${mark} ${output.paint('bold', name)} ${output.paint('dim', given)} → ${shorten(shown)}`);
  if (usage !== undefined) rows.push({ name, usage, code: outcome.code });
}

/** The same, while the calculator goes on answering: it takes turns with whoever is slow. */
async function runBeside(engine: Engine, step: Step): Promise<void> {
  let running = true;
  const bystander = (async () => {
    let answers = 0;
    while (running) {
      if (BYSTANDER.judge((await call(engine, BYSTANDER)).outcome) !== undefined) answers++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    return answers;
  })();
  await run(engine, step).finally(() => {
    running = false;
  });
  const answers = await bystander;
  if (answers === 0) failures++;
  output.line(
    `      ${output.paint('dim', `meanwhile the calculator gave ${formatCount(answers)} right ${answers === 1 ? 'answer' : 'answers'}`)}`,
  );
}

async function call(
  engine: Engine,
  { plugin, call: name, input }: Step,
): Promise<{ readonly outcome: Outcome; readonly usage?: Usage }> {
  try {
    const { value, usage } = await engine.get(plugin)!.invoke(name, input);
    return { outcome: { value }, usage };
  } catch (error) {
    if (!isRingfenceError(error)) throw error;
    const { code, message, details } = error;
    return { outcome: { code, message, guestCode: details.code }, usage: details.usage as Usage };
  }
}

function shorten(text: string): string {
  const line = printable(text.replaceAll('\n', ' '));
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}

function title(text: string): void {
  output.line(`\n${output.paint('bold', text)}`);
}
