/** The measuring process: a ChildJob on stdin, Sample[] on stdout. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WASI } from 'node:wasi';
import { createEngine } from '../../engine/index.ts';
import { random } from '../../test/support/random.ts';
import type { ChildJob } from '../support/command-line.ts';
import type { Sample } from '../support/comparison.ts';
import { awaited, takeTurns } from '../support/turns.ts';
import { unseen } from '../support/unseen.ts';
import { AGAIN, CONTROL, FIRST, NODE_WASI, PROGRAM } from './subjects.ts';

const job = JSON.parse(readFileSync(0, 'utf8')) as ChildJob;
const below = random(job.seed);
const OPTIONS = {
  rounds: job.quick ? 3 : 14,
  warmUpUs: job.quick ? 2_000 : 200_000,
  batchUs: job.quick ? 500 : 8_000,
  below,
};
const BYTES = new Uint8Array(readFileSync(join(import.meta.dirname, 'hello.wasm')));
const LINE = 'Hello, world: 5 bytes';
const NOTHING = new Uint8Array(0);

let lines: string[] = [];
const engine = await createEngine({
  executor: 'inline',
  logger: { log: ({ message }) => void lines.push(message) },
  limits: { logLinesPerSecond: 1_000_000 },
});
const program = await engine.load(BYTES, { id: 'again' });
const start = (plugin: typeof program) => plugin.callBytes('_start', NOTHING);

async function startUnseen(): Promise<void> {
  const plugin = await engine.load(unseen(BYTES), { id: 'first' });
  await start(plugin);
  await plugin.unload();
}

const nowhere = openSync('/dev/null', 'r+');
async function startOnPlainV8(module: WebAssembly.Module, stdout = nowhere): Promise<void> {
  const wasi = new WASI({ version: 'preview1', stdin: nowhere, stdout, stderr: nowhere });
  const instance = await WebAssembly.instantiate(module, wasi.getImportObject() as WebAssembly.Imports);
  wasi.start(instance);
}
const startUnseenOnPlainV8 = async (): Promise<void> => startOnPlainV8(await WebAssembly.compile(unseen(BYTES)));

/** Both say the same. */
async function check(): Promise<void> {
  await start(program);
  const folder = mkdtempSync(join(tmpdir(), 'ringfence-wasi-'));
  const file = join(folder, 'out');
  const out = openSync(file, 'w');
  await startOnPlainV8(module, out);
  closeSync(out);
  const said = readFileSync(file, 'utf8').trim();
  rmSync(folder, { recursive: true });
  if (lines[0] !== LINE || said !== LINE) throw new Error(`expected "${LINE}", got "${lines[0]}" and "${said}"`);
}

const module = await WebAssembly.compile(BYTES);
await check();
const clearing = (run: () => Promise<unknown>) => async () => {
  await run();
  lines = [];
};
const samples: Sample[] = [
  ...(await takeTurns(
    FIRST,
    [
      awaited(PROGRAM, clearing(startUnseen)),
      awaited(NODE_WASI, startUnseenOnPlainV8),
      awaited(CONTROL, startUnseenOnPlainV8),
    ],
    OPTIONS,
  )),
  ...(await takeTurns(
    AGAIN,
    [
      awaited(
        PROGRAM,
        clearing(() => start(program)),
      ),
      awaited(NODE_WASI, () => startOnPlainV8(module)),
      awaited(CONTROL, () => startOnPlainV8(module)),
    ],
    OPTIONS,
  )),
];
await engine.close();
closeSync(nowhere);
process.stdout.write(JSON.stringify(samples));
