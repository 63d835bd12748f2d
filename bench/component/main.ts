/**
 * A component's calls against the glue that jco generates for the same file: `npm run bench:component`. Takes the optional packages
 * @bytecodealliance/jco-transpile 0.15.0 (npm install --no-save); without them it says so and measures only this engine.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Script } from 'node:vm';
import { createEngine } from '../../engine/index.ts';

const COMPONENT = new Uint8Array(readFileSync(new URL('../../plugins/template/template.wasm', import.meta.url)));
const ROUNDS = 7;
const CALLS = 400;
const INPUTS: Readonly<Record<string, unknown>> = {
  'short template': { template: 'Hi {{name}}', data: { name: 'you' } },
  '100 items': {
    template: '{{#each items}}{{@index}}: {{.}} {{/each}}',
    data: { items: Array.from({ length: 100 }, (_, i) => `item ${i}`) },
  },
};

type Call = (input: string) => string;

/** The median of the rounds, in microseconds per call. */
function measure(call: Call, input: string): number {
  const times: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const start = performance.now();
    for (let i = 0; i < CALLS; i++) call(input);
    times.push(((performance.now() - start) * 1_000) / CALLS);
  }
  // The first round warms up.
  return times.slice(1).sort((a, b) => a - b)[ROUNDS >> 1] as number;
}

interface Transpiler {
  transpileBytes(bytes: Uint8Array, options: object): Promise<{ files: Record<string, Uint8Array> }>;
}

/** The component behind jco's glue, with a system that has nothing: as fast as its imports can be. */
async function jcoCall(): Promise<Call | undefined> {
  let transpiler: Transpiler;
  try {
    const name: string = '@bytecodealliance/jco-transpile';
    transpiler = (await import(name)) as Transpiler;
  } catch {
    return undefined;
  }
  const { files } = await transpiler.transpileBytes(COMPONENT, {
    name: 'p',
    instantiation: 'sync',
    base64Cutoff: 0,
    emitTypescriptDeclarations: false,
    nodejsCompat: false,
    noComponentErrorWrapping: false,
  });
  const glue = new TextDecoder().decode(files['p.js']).replaceAll(/^export (?=function|const)/gm, '');
  const instantiate = new Script(`(() => { ${glue}\nreturn instantiate; })()`).runInThisContext() as (
    core: (name: string) => WebAssembly.Module,
    imports: object,
  ) => { initialize(config: string): void; start(): void; call(name: string, input: string): string };
  const anything = new Proxy(function nothing() {}, {
    get: () => anything,
    apply: () => 0n,
    construct: () => anything,
  }) as object;
  const answers: Readonly<Record<string, unknown>> = {
    now: () => 0n,
    insecureSeed: () => [1n, 2n],
    getEnvironment: () => [],
    getDirectories: () => [],
    write: () => undefined,
    enabled: () => false,
    get: () => '',
  };
  const functions = new Proxy({}, { get: (_, name) => answers[String(name)] ?? anything });
  const imports = new Proxy({}, { get: () => functions });
  const plugin = instantiate((name) => new WebAssembly.Module(files[name] as Uint8Array<ArrayBuffer>), imports);
  plugin.initialize('{"partials":{},"escape":"html"}');
  plugin.start();
  return (input) => plugin.call('render', input);
}

await using engine = await createEngine({ executor: 'inline', limits: { fuel: '10G' } });
const plugin = await engine.load(COMPONENT);
const ours: Call = (input) => plugin.callSync('render', JSON.parse(input)) as string;
const jco = await jcoCall().catch((error: unknown) => {
  console.log(`jco's glue does not run here: ${String(error)}`);
  return undefined;
});
if (jco === undefined) console.log('@bytecodealliance/jco-transpile is not installed or does not run: no baseline');
console.log(
  `Node ${process.version}, ${availableParallelism()} processors, median of ${ROUNDS} rounds of ${CALLS} calls`,
);
for (const [name, value] of Object.entries(INPUTS)) {
  const input = JSON.stringify(value);
  const own = measure(ours, input);
  const theirs = jco === undefined ? undefined : measure((text) => JSON.parse(jco(text)), input);
  const ratio =
    theirs === undefined ? '' : `, jco's glue ${theirs.toFixed(1)} us: ${(own / theirs).toFixed(2)}x its time`;
  console.log(`${name}: ${own.toFixed(1)} us a call, fuel and limits on${ratio}`);
}
