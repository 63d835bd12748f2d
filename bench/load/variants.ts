/** The ways to load one plugin, each as a function that does it once and says what it took. */
import { createEngine, type Engine, type PluginSource } from '../../engine/index.ts';
import { DEFAULT_LIMITS } from '../../engine/limits.ts';
import { meterForEngine } from '../../engine/meter/index.ts';
import { ModuleCompiler } from '../../engine/runtime/compiler.ts';
import { checkModule } from '../../engine/validate/index.ts';
import { microsecondsSince, now } from '../support/stopwatch.ts';
import { longestStandstill } from './event-loop.ts';
import { compileAndStart, start } from './plain.ts';
import { FIRST_ON_DISK, type PluginPress } from './plugins.ts';
import {
  CONTROL,
  DISK,
  IN_FRESH_THREAD,
  IN_PLACE,
  IN_THREAD,
  INSTANCE,
  MEMORY,
  MEMORY_FILE,
  NEVER_SEEN,
  PLAIN,
  REWRITER,
  STILL,
  STILL_PLAIN,
} from './subjects.ts';

export interface Variant {
  readonly subject: string;
  /** @returns microseconds */
  readonly time: () => Promise<number>;
}

const NOTHING = new Uint8Array();

async function timeLoad(engine: Engine, source: PluginSource): Promise<number> {
  const begun = now();
  const plugin = await engine.load(source);
  await plugin.callBytes('run', NOTHING);
  const us = microsecondsSince(begun);
  await plugin.unload();
  return us;
}

export interface Place {
  /** A compiler whose thread is running. */
  readonly thread: ModuleCompiler;
  /** A plugin that is loaded over and over, from memory. */
  readonly known: Uint8Array<ArrayBuffer>;
  /** The same as a file. */
  readonly file: string;
  /** Has the copies from FIRST_ON_DISK on, one for each time that one is loaded from the disk. */
  readonly cache: string;
  /** Loads in one sample of what takes microseconds. */
  readonly repeats: number;
}

/** @param keeper an engine without a disk cache; its compiler thread is running, and it remembers what it has loaded */
export async function variantsOf(
  press: PluginPress,
  keeper: Engine,
  { thread, known, file, cache, repeats }: Place,
): Promise<Variant[]> {
  const module = await WebAssembly.compile(press.copy());

  /** The mean of several. */
  const repeat = async (time: () => number | Promise<number>): Promise<number> => {
    let us = 0;
    for (let i = 0; i < repeats; i++) us += await time();
    return us / repeats;
  };
  const timed = async (work: (bytes: Uint8Array<ArrayBuffer>) => void | Promise<void>): Promise<number> => {
    const bytes = press.copy();
    const begun = now();
    await work(bytes);
    return microsecondsSince(begun);
  };
  let onDisk = FIRST_ON_DISK;
  const loadFromDisk = async (): Promise<number> => {
    const bytes = press.copy(onDisk++);
    const engine = await createEngine({ executor: 'inline', cache });
    const us = await timeLoad(engine, bytes);
    await engine.close();
    return us;
  };

  const inFreshThread = async (bytes: Uint8Array<ArrayBuffer>): Promise<void> => {
    const fresh = new ModuleCompiler({ inPlaceBytes: 0 });
    await rewriteWith(fresh, bytes);
    await fresh.close();
  };

  await timeLoad(keeper, known);
  return [
    { subject: PLAIN, time: () => timed(compileAndStart) },
    { subject: CONTROL, time: () => timed(compileAndStart) },
    { subject: REWRITER, time: () => timed(rewriteAndStart) },
    { subject: NEVER_SEEN, time: () => timeLoad(keeper, press.copy()) },
    { subject: DISK, time: loadFromDisk },
    { subject: MEMORY, time: () => repeat(() => timeLoad(keeper, known)) },
    { subject: MEMORY_FILE, time: () => repeat(() => timeLoad(keeper, file)) },
    {
      subject: INSTANCE,
      time: () =>
        repeat(() => {
          const begun = now();
          start(module);
          return microsecondsSince(begun);
        }),
    },
    { subject: IN_PLACE, time: () => timed((bytes) => rewriteWith(inPlace, bytes)) },
    { subject: IN_THREAD, time: () => timed((bytes) => rewriteWith(thread, bytes)) },
    { subject: IN_FRESH_THREAD, time: () => timed(inFreshThread) },
    { subject: STILL, time: () => longestStandstill(() => timeLoad(keeper, press.copy())) },
    { subject: STILL_PLAIN, time: () => longestStandstill(() => timed(compileAndStart)) },
  ];
}

const inPlace = new ModuleCompiler({ inPlaceBytes: Number.POSITIVE_INFINITY });

/** Checks and meters. */
export async function rewriteWith(compiler: ModuleCompiler, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const job = compiler.open(bytes);
  await job.check();
  await job.meter({ ...DEFAULT_LIMITS, importCosts: {}, profile: false });
  job.close();
}

/** In the caller's thread. The module asks for fuel through an import that is never called: it has enough. */
async function rewriteAndStart(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const { bytes: metered, report } = meterForEngine(checkModule(bytes), { exportState: true, exportTables: false });
  const { begin, refill } = report.hidden;
  const module = await WebAssembly.compile(metered);
  start(module, {
    imports: refill === undefined ? {} : { [refill.module]: { [refill.name]: () => -1 } },
    ready: (exports) => (exports[begin] as (fuel: number) => void)(1e9),
  });
}
