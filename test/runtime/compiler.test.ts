/** Checking and metering in a thread: the same as in place, whatever happens to the thread. */
import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { isRingfenceError } from '../../engine/errors.ts';
import { DEFAULT_LIMITS, STRUCTURE } from '../../engine/limits.ts';
import { type CompilerOptions, ModuleCompiler } from '../../engine/runtime/compiler.ts';
import { functionNamesOf } from '../../engine/runtime/module-work.ts';
import { Preparer } from '../../engine/runtime/prepare.ts';
import { processTypes } from '../../engine/validate/type-budget.ts';
import { failure } from '../support/errors.ts';
import * as bombs from '../support/hostile/bombs.ts';
import { largePlugin } from '../support/large-plugin.ts';
import { compilePlugin, compileWat, ECHO } from '../support/wat.ts';

const FORM = { ...DEFAULT_LIMITS, importCosts: {}, profile: false };
const large = largePlugin();
const small = compilePlugin({ functions: { echo: ECHO } });

const open: ModuleCompiler[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((compiler) => compiler.close()));
});

function compilerWith(options?: CompilerOptions): ModuleCompiler {
  const compiler = new ModuleCompiler(options);
  open.push(compiler);
  return compiler;
}

async function work(compiler: ModuleCompiler, bytes: Uint8Array): Promise<unknown> {
  const job = compiler.open(new Uint8Array(bytes));
  try {
    return { data: await job.check(), metered: await job.meter(FORM) };
  } finally {
    job.close();
  }
}

describe('in a thread', () => {
  test.each([
    ['small', small],
    ['large', large],
  ])('a %s module comes out as it does in place', async (_, bytes) => {
    const inThread = await work(compilerWith({ inPlaceBytes: 0 }), bytes);
    expect(inThread).toEqual(await work(compilerWith({ inPlaceBytes: bytes.length }), bytes));
  });

  test('bytes are handed over, not copied', async () => {
    const bytes = new Uint8Array(large);
    const job = compilerWith().open(bytes);
    await job.check();
    job.close();
    expect(bytes.length).toBe(0);
  });

  test('the names of functions arrive', async () => {
    const job = compilerWith({ inPlaceBytes: 0 }).open(new Uint8Array(small));
    const names = functionNamesOf(await job.check());
    job.close();
    expect([...names.values()]).toEqual(expect.arrayContaining(['malloc', 'plugin_echo', 'pack']));
  });

  test.each<[string, () => Uint8Array, 'INVALID_MODULE' | 'UNSUPPORTED_FEATURE' | 'LIMIT_EXCEEDED']>([
    ['bytes that are no module', () => new TextEncoder().encode('hello'), 'INVALID_MODULE'],
    ['a module that does not validate', () => compileWat('(module (func (result i32)))'), 'INVALID_MODULE'],
    ['a feature that is off', () => compileWat('(module (memory 1) (memory 1))'), 'UNSUPPORTED_FEATURE'],
    ['a bomb', () => bombs.localsAndLoops(9_000, 3_000), 'LIMIT_EXCEEDED'],
  ])('%s is refused with the same words', async (_, bytes, code) => {
    const refused = await failure(() => work(compilerWith({ inPlaceBytes: 0 }), bytes()), code);
    const inPlace = await failure(() => work(compilerWith({ inPlaceBytes: 1e9 }), bytes()), code);
    expect(refused.toJSON()).toEqual(JSON.parse(JSON.stringify(inPlace.toJSON())));
  });

  test('a module that is refused does not cost the thread', async () => {
    const compiler = compilerWith({ inPlaceBytes: 0 });
    await failure(() => work(compiler, Uint8Array.of(1)), 'INVALID_MODULE');
    await work(compiler, small);
    expect(compiler.threads).toBe(1);
  });

  test('what does not fit its limits is refused when it is metered', async () => {
    const job = compilerWith({ inPlaceBytes: 0 }).open(compilePlugin({ memory: '40' }));
    await job.check();
    await failure(() => job.meter({ ...FORM, memory: 65_536 }), 'MEMORY_LIMIT');
    job.close();
  });

  test('function types are counted for the whole process, also those of other threads', async () => {
    const before = processTypes.used;
    const wide = (n: number): Uint8Array => compileWat(`(module (type (func (param ${'f64 '.repeat(n)}))))`);
    await work(compilerWith({ inPlaceBytes: 0 }), wide(87));
    expect(processTypes.used).toBe(before + 1);
    const other = compilerWith({ inPlaceBytes: 0 });
    await work(other, wide(87));
    await work(other, wide(88));
    expect(processTypes.used).toBe(before + 2);
  });
});

describe('one module at a time', () => {
  test('the next waits until the one before is closed', async () => {
    const compiler = compilerWith({ inPlaceBytes: 0 });
    const first = compiler.open(new Uint8Array(small));
    const second = compiler.open(new Uint8Array(large));
    let isChecked = false;
    const checked = second.check().then(() => {
      isChecked = true;
    });
    await first.check();
    await first.meter(FORM);
    await delay(20);
    expect(isChecked).toBe(false);
    first.close();
    await checked;
    second.close();
    expect(compiler.threads).toBe(1);
  });

  test('one that gives up before its turn is not done', async () => {
    const compiler = compilerWith({ inPlaceBytes: 0 });
    const first = compiler.open(new Uint8Array(small));
    const second = compiler.open(new Uint8Array(small));
    const refused = failure(() => second.check(), 'CANCELLED');
    second.close();
    second.close();
    await refused;
    await first.check();
    first.close();
    await work(compiler, small);
  });

  test('one that gives up while it is worked on ends the thread; the next gets a fresh one', async () => {
    const compiler = compilerWith();
    const first = compiler.open(new Uint8Array(large));
    const refused = failure(() => first.check(), 'EXECUTOR_CRASHED');
    await Promise.resolve();
    first.close();
    await refused;
    await work(compiler, large);
  });
});

describe('a thread that dies', () => {
  // Every function is an object on the heap of the thread.
  let greedy: Uint8Array;
  beforeAll(() => {
    greedy = largePlugin(45_000, '2.0.0');
  });
  // Far from what `greedy` takes: the nearer to a limit a heap comes to rest, the longer V8 collects garbage before it gives up.
  const heapBytes = 16 * 1024 * 1024;

  test('of its heap: the module is refused, and the next is done', { timeout: 120_000 }, async () => {
    const compiler = compilerWith({ heapBytes });
    const error = await failure(() => work(compiler, greedy), 'LIMIT_EXCEEDED');
    expect(error.details).toEqual({ limit: 'compilerHeapBytes', allowed: heapBytes });
    await work(compiler, large);
  });

  test('that comes to the end of its heap, and is given up meanwhile, holds up nobody', {
    timeout: 120_000,
  }, async () => {
    const preparer = new Preparer({ compiler: { heapBytes } });
    const time = { startedAt: performance.now(), startTimeoutMs: 100 };
    const load = (bytes: Uint8Array, until?: typeof time): Promise<unknown> =>
      preparer.prepare(bytes, { maxBytes: greedy.length, limits: () => DEFAULT_LIMITS, time: until });
    const [refused] = await Promise.all([load(greedy, time).catch((error: unknown) => error), load(large)]);
    expect(refused).toSatisfy(
      (error) => isRingfenceError(error, 'DEADLINE_EXCEEDED') || isRingfenceError(error, 'LIMIT_EXCEEDED'),
    );
    await preparer.close();
  });

  test.each<[string, () => Uint8Array]>([
    ['functions', () => bombs.emptyFunctions(STRUCTURE.functions, 19)],
    ['exports', () => bombs.exports(STRUCTURE.exports)],
    ['data segments', () => bombs.dataSegments(STRUCTURE.dataSegments, 1)],
    ['element segments', () => bombs.elementSegments(STRUCTURE.elementSegments, 100)],
  ])('not of as many %s as a module may have: a part of its heap is enough', async (_, build) => {
    await work(compilerWith({ heapBytes: STRUCTURE.compilerHeapBytes / 4, inPlaceBytes: 0 }), build());
  });
});

describe('an idle thread', () => {
  test('ends after a while', async () => {
    const compiler = compilerWith({ idleMs: 10 });
    await work(compiler, large);
    expect(compiler.threads).toBe(1);
    while (compiler.threads > 0) await delay(5);
    await work(compiler, large);
  });

  test('does not keep the process alive', () => {
    expect(runScript(SCRIPT)).toBe('done');
  });

  test('where threads are forbidden, modules are done in place', () => {
    const flags = ['--permission', '--allow-fs-read=*'];
    expect(runScript(SCRIPT.replace("'done'", "'done ' + compiler.threads"), flags)).toBe('done 0');
  });
});

const SCRIPT = `
  import { ModuleCompiler } from '${new URL('../../engine/runtime/compiler.ts', import.meta.url)}';
  const compiler = new ModuleCompiler({ inPlaceBytes: 0 });
  const job = compiler.open(Uint8Array.from(Buffer.from('${Buffer.from(small).toString('base64')}', 'base64')));
  await job.check();
  await job.meter(${JSON.stringify(FORM)});
  job.close();
  console.log('done');`;

/** @returns what it prints. It has to end by itself. */
function runScript(script: string, flags: readonly string[] = []): string {
  const args = [...flags, '--no-warnings', '--input-type=module-typescript', '--eval', script];
  return execFileSync(process.execPath, args, { encoding: 'utf8', timeout: 30_000 }).trim();
}
