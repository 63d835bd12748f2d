/**
 * A process whose address space the application has used up: each memory takes 8 GiB or more of it. Prints what then becomes of
 * plugins, as JSON. The first argument is the executor.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createEngine, type ExecutorName, isRingfenceError, type Plugin } from '../../../engine/index.ts';
import { compilePlugin, ECHO } from '../../support/wat.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
/** More than any system has room for that these tests run on. */
const MOST = 40_000;

const [executor] = process.argv.slice(2) as [ExecutorName];
const wasm = compilePlugin({ functions: { echo: ECHO } });
const engine = await createEngine({ executor, workers: 1 });
const load = (id: string): Promise<Plugin> => engine.load(wasm, { id });
const echo = async (plugin: Plugin): Promise<unknown> => plugin.call('echo', plugin.id);

let held: WebAssembly.Memory[] = [];
function fill(): void {
  try {
    while (held.length < MOST) held.push(new WebAssembly.Memory({ initial: 1 }));
  } catch {
    // That is what it is for.
  }
}
function empty(): void {
  held = [];
  collectGarbage();
}

/** What came of it: a value, or the code of an error. */
const outcome = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    (value) => value,
    (error: unknown) => (isRingfenceError(error) ? error.code : String(error)),
  );

fill();
const isFull = held.length < MOST;
const withoutRoom = await outcome(load('first').then(echo));
empty();
const withRoom = await outcome(load('second').then(echo));
const idle: Plugin[] = [];
for (let i = 0; i < 6; i++) idle.push(await load(`idle-${i}`));
await Promise.all(idle.map(echo));
fill();
const late = await outcome(load('late').then(echo));
const live = idle.reduce((sum, plugin) => sum + plugin.memory().live, 0);
empty();
const again = await Promise.all(idle.map((plugin) => outcome(echo(plugin))));
await engine.close();
console.log(JSON.stringify({ isFull, withoutRoom, withRoom, late, live, again }));
