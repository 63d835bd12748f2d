/** WASI preview 1: what programs and libraries get, and that nothing of it is the host's. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ERRNO } from '../../engine/abi/wasi.ts';
import type { ErrorCode } from '../../engine/errors.ts';
import { createEngine, type Engine, type LimitsInput, type LoadOptions, type LogEntry } from '../../engine/index.ts';
import { failure } from '../support/errors.ts';
import { wasiCommand, wasiLibrary } from '../support/foreign-guests.ts';
import { compilePlugin } from '../support/wat.ts';

const EXECUTORS = ['inline', 'worker', 'process'] as const;
let engine: Engine;
const entries: LogEntry[] = [];
const lines = (): string[] => entries.map(({ level, message }) => `${level}: ${message}`);
beforeAll(async () => {
  engine = await createEngine({ executor: 'inline', logger: { log: (entry) => entries.push(entry) } });
});
afterAll(() => engine.close());

let loaded = 0;
const load = (bytes: Uint8Array, options: LoadOptions = {}) =>
  engine.load(bytes, { id: `wasi-${++loaded}`, ...options });
/** What a function of WASI answers. */
const answerOf = async (call: string, uses: readonly string[], options: LoadOptions = {}): Promise<unknown> => {
  const plugin = await load(wasiLibrary(call, uses), options);
  const answer = await plugin.call('run');
  await plugin.unload();
  return answer;
};

/** Two vectors at 0, for the text at 64. */
const HELLO =
  '(data (i32.const 0) "\\40\\00\\00\\00\\06\\00\\00\\00\\46\\00\\00\\00\\06\\00\\00\\00") (data (i32.const 64) "hello world\\n")';
const PRINT = '(drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 2) (i32.const 32)))';

describe.each(EXECUTORS)('%s', (executor) => {
  test('a program prints to the log, each time from its beginning', async () => {
    const plugin = await load(
      wasiCommand(`${PRINT} (i32.store8 (i32.const 64) (i32.const 0x4a))`, ['fd_write'], HELLO),
      { executor },
    );
    entries.length = 0;
    expect(await plugin.call('_start')).toBeUndefined();
    expect(await plugin.call('_start')).toBeUndefined();
    await plugin.unload();
    expect(lines()).toEqual(['info: hello world', 'info: hello world']);
  });

  test('exit status 0 is the end of the program, any other its failure; both times the next run begins anew', async () => {
    const status = `${PRINT} (drop (call $fd_read (i32.const 0) (i32.const 128) (i32.const 1) (i32.const 140)))
      (call $proc_exit (i32.sub (i32.load8_u (i32.const 160)) (i32.const 0x30)))`;
    const extra = `${HELLO} (data (i32.const 128) "\\a0\\00\\00\\00\\01\\00\\00\\00")`;
    const plugin = await load(wasiCommand(status, ['fd_write', 'fd_read'], extra), { executor });
    for (let round = 0; round < 2; round++) {
      const { value, usage } = await plugin.invoke('_start', '0');
      expect(value).toBeUndefined();
      expect(usage.fuel.used).toBeGreaterThan(1_000);
      const error = await failure(() => plugin.call('_start', '3'), 'GUEST_ERROR');
      expect(error.details).toMatchObject({ code: 'EXIT', details: { status: 3 } });
    }
    await plugin.unload();
  });

  test.each<readonly [title: string, body: string, limits: LimitsInput, code: ErrorCode]>([
    ['an endless loop', '(loop $l (br $l))', { fuel: 5_000_000 }, 'OUT_OF_FUEL'],
    ['a deadline', '(loop $l (br $l))', { fuel: '40G', timeoutMs: 50 }, 'DEADLINE_EXCEEDED'],
    [
      'a memory bomb',
      '(loop $l (br_if $l (i32.ne (memory.grow (i32.const 64)) (i32.const -1)))) (unreachable)',
      { memory: '8MiB' },
      'TRAP',
    ],
  ])('%s ends', async (_, body, limits, code) => {
    const plugin = await load(wasiCommand(body), { executor, limits });
    await failure(() => plugin.call('_start'), code);
    await plugin.unload();
  });
});

test('the same program uses the same fuel, in every executor', async () => {
  const bytes = wasiCommand(`${PRINT} (call $proc_exit (i32.const 0))`, ['fd_write'], HELLO);
  const used: number[] = [];
  for (const executor of EXECUTORS) {
    const plugin = await load(bytes, { executor });
    for (let i = 0; i < 2; i++) used.push((await plugin.invoke('_start')).usage.fuel.used);
    await plugin.unload();
  }
  expect(new Set(used).size).toBe(1);
});

test('lines are put together from pieces, and what has no end is written at the end; standard error warns', async () => {
  const write = (fd: number, at: number, length: number): string =>
    `(i32.store (i32.const 0) (i32.const ${at})) (i32.store (i32.const 4) (i32.const ${length}))
     (drop (call $fd_write (i32.const ${fd}) (i32.const 0) (i32.const 1) (i32.const 32)))`;
  const body = write(1, 64, 3) + write(2, 64, 4) + write(1, 67, 3) + write(1, 64, 2);
  const plugin = await load(wasiCommand(body, ['fd_write'], '(data (i32.const 64) "abc\\nde")'));
  entries.length = 0;
  await plugin.call('_start');
  expect(lines()).toEqual(['warn: abc', 'info: abc', 'info: deab']);
});

test('output keeps to the limits on the log', async () => {
  const body =
    '(loop $l (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 2) (i32.const 32))) (local.set $i (i32.add (local.get $i) (i32.const 1))) (br_if $l (i32.lt_u (local.get $i) (i32.const 100))))';
  const plugin = await load(wasiCommand(body, ['fd_write'], HELLO), {
    limits: { logCallBytes: 50, logMessageBytes: 5 },
  });
  entries.length = 0;
  const { usage } = await plugin.invoke('_start');
  expect(usage.logBytes.used).toBeLessThanOrEqual(50);
  expect(entries[0]?.message).toBe('hello… [6 of 11 bytes cut]');
});

describe('standard input', () => {
  test('is the input of the call, and then its end', async () => {
    const body = `(drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 2) (i32.const 16)))
      (i32.store (i32.const 4) (i32.load (i32.const 16))) (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32)))
      (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 2) (i32.const 16)))
      (if (i32.load (i32.const 16)) (then (unreachable)))`;
    const vectors = '(data (i32.const 0) "\\40\\00\\00\\00\\04\\00\\00\\00\\44\\00\\00\\00\\80\\00\\00\\00")';
    const plugin = await load(wasiCommand(body, ['fd_read', 'fd_write'], vectors));
    entries.length = 0;
    await plugin.call('_start', 'some text');
    expect(lines()).toEqual(['info: some text']);
  });
});

describe('the world outside', () => {
  test.each<readonly [title: string, call: string, uses: readonly string[], answer: number]>([
    [
      'no file opens',
      '(call $path_open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0) (i64.const -1) (i64.const -1) (i32.const 0) (i32.const 8))',
      ['path_open'],
      ERRNO.notcapable,
    ],
    ['no directory is open', '(call $fd_prestat_get (i32.const 3) (i32.const 0))', ['fd_prestat_get'], ERRNO.badf],
    [
      'no other descriptor is there',
      '(call $fd_write (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 0))',
      ['fd_write'],
      ERRNO.badf,
    ],
    [
      'standard input takes nothing',
      '(call $fd_write (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))',
      ['fd_write'],
      ERRNO.notcapable,
    ],
    [
      'standard output gives nothing',
      '(call $fd_read (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0))',
      ['fd_read'],
      ERRNO.notcapable,
    ],
    [
      'streams have no position',
      '(call $fd_seek (i32.const 1) (i64.const 0) (i32.const 0) (i32.const 0))',
      ['fd_seek'],
      ERRNO.spipe,
    ],
    [
      'no socket is there',
      '(call $sock_accept (i32.const 3) (i32.const 0) (i32.const 0))',
      ['sock_accept'],
      ERRNO.badf,
    ],
    [
      'nobody sleeps',
      '(call $poll_oneoff (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0))',
      ['poll_oneoff'],
      ERRNO.notsup,
    ],
    [
      'no other clock',
      '(call $clock_time_get (i32.const 4) (i64.const 0) (i32.const 0))',
      ['clock_time_get'],
      ERRNO.inval,
    ],
  ])('%s', async (_, call, uses, answer) => {
    expect(await answerOf(call, uses)).toBe(answer);
  });

  test('no arguments and no environment', async () => {
    const sizes = `(i32.store (i32.const 0) (i32.const -1)) (i32.store (i32.const 4) (i32.const -1))
      (drop (call $args_sizes_get (i32.const 0) (i32.const 4))) (local.set $i (i32.or (i32.load (i32.const 0)) (i32.load (i32.const 4))))
      (i32.store (i32.const 0) (i32.const -1)) (drop (call $environ_sizes_get (i32.const 0) (i32.const 4)))
      (i32.or (local.get $i) (i32.or (i32.load (i32.const 0)) (i32.load (i32.const 4))))`;
    expect(await answerOf(sizes, ['args_sizes_get', 'environ_sizes_get'])).toBe(0);
  });

  test('clocks stand still without the grant, and go with it', async () => {
    const seconds = `(drop (call $clock_time_get (i32.const 0) (i64.const 1) (i32.const 0)))
      (i32.wrap_i64 (i64.div_u (i64.load (i32.const 0)) (i64.const 1000000000)))`;
    expect(await answerOf(seconds, ['clock_time_get'])).toBe(Date.UTC(2000, 0, 1) / 1_000);
    const granted = (await answerOf(seconds, ['clock_time_get'], { grants: { clock: true } })) as number;
    expect(Math.abs(granted - Date.now() / 1_000)).toBeLessThan(3_600);
  });

  test('random numbers are capped, and repeat in deterministic mode', async () => {
    const random = '(drop (call $random_get (i32.const 0) (i32.const 8))) (i32.load (i32.const 0))';
    const deterministic = { deterministic: { seed: 7 } };
    const first = await answerOf(random, ['random_get'], deterministic);
    expect(await answerOf(random, ['random_get'], deterministic)).toBe(first);
    expect(await answerOf(random, ['random_get'])).not.toBe(first);
    const plugin = await load(wasiLibrary('(call $random_get (i32.const 0) (i32.const 101))', ['random_get']), {
      limits: { randomBytes: 100 },
    });
    await failure(() => plugin.call('run'), 'LIMIT_EXCEEDED');
  });
});

describe('hostile guests', () => {
  const write = (vectors: number | string, count: number | string, result: number | string = 32): string =>
    `(call $fd_write (i32.const 1) (i32.const ${vectors}) (i32.const ${count}) (i32.const ${result}))`;

  test.each<readonly [title: string, call: string, answer: number, before?: string]>([
    ['vectors behind the memory', write(65_536, 1), ERRNO.fault],
    ['vectors at a negative place', write(-8, 1), ERRNO.fault],
    ['vectors that end behind the memory', write(65_532, 1), ERRNO.fault],
    ['a huge count', write(0, '0x7fffffff'), ERRNO.inval],
    ['a negative count', write(0, -1), ERRNO.inval],
    ['a count whose bytes wrap around', write(0, '0x20000000'), ERRNO.inval],
    ['a result behind the memory', write(0, 0, 65_533), ERRNO.fault],
    ['a result at a negative place', write(0, 0, -1), ERRNO.fault],
    [
      'a vector to a negative place',
      write(0, 1),
      ERRNO.fault,
      '(i32.store (i32.const 0) (i32.const -4)) (i32.store (i32.const 4) (i32.const 4))',
    ],
    ['a vector of negative length', write(0, 1), ERRNO.fault, '(i32.store (i32.const 4) (i32.const -1))'],
    [
      'a vector whose end wraps around',
      write(0, 1),
      ERRNO.fault,
      '(i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const -16))',
    ],
  ])('%s is an error number', async (_, call, answer, before = '') => {
    expect(await answerOf(`${before} ${call}`, ['fd_write'])).toBe(answer);
  });

  test('reading into the vectors themselves leads nowhere else', async () => {
    const body = `(i32.store (i32.const 4) (i32.const 16)) (i32.store (i32.const 8) (i32.const 0)) (i32.store (i32.const 12) (i32.const 8))
      (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 2) (i32.const 64)))`;
    const plugin = await load(wasiCommand(body, ['fd_read']));
    expect(await plugin.callBytes('_start', new Uint8Array(64).fill(0xff))).toEqual(new Uint8Array());
  });

  test.each([
    ['clock_time_get', '(call $clock_time_get (i32.const 0) (i64.const 0) (i32.const -4))'],
    ['random_get', '(call $random_get (i32.const 65530) (i32.const 100))'],
    ['random_get', '(call $random_get (i32.const 16) (i32.const -1))'],
    ['args_sizes_get', '(call $args_sizes_get (i32.const 0) (i32.const -1))'],
    ['fd_fdstat_get', '(call $fd_fdstat_get (i32.const 1) (i32.const 65520))'],
    ['fd_filestat_get', '(call $fd_filestat_get (i32.const 1) (i32.const -64))'],
  ])('%s outside of the memory is an error number: %s', async (name, call) => {
    expect(await answerOf(call, [name])).toBe(ERRNO.fault);
  });

  test('proc_exit of anything but a program is a trap', async () => {
    const library = await load(wasiLibrary('(call $proc_exit (i32.const 0)) (i32.const 1)', ['proc_exit']));
    expect((await failure(() => library.call('run'), 'TRAP')).details).toMatchObject({ kind: 'exit', status: 0 });
    const own = await load(
      compilePlugin({
        imports: '(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))',
        functions: { leave: '(call $exit (i32.const 1)) (i64.const 0)' },
      }),
    );
    await failure(() => own.call('leave'), 'TRAP');
  });

  test('a function with another type than it has is refused', async () => {
    const bytes = compilePlugin({ imports: '(import "wasi_snapshot_preview1" "fd_write" (func (param i32)))' });
    expect((await failure(() => engine.load(bytes), 'IMPORT_DENIED')).message).toContain('(i32, i32, i32, i32) -> i32');
  });

  test('a memory that is hidden is refused', async () => {
    const { compileWat } = await import('../support/wat.ts');
    const bytes = compileWat(
      '(module (import "wasi_snapshot_preview1" "sched_yield" (func (result i32))) (memory 1) (func (export "run")))',
    );
    await failure(() => engine.load(bytes), 'NOT_A_PLUGIN');
  });
});

describe('libraries', () => {
  const bytes = wasiLibrary(
    '(i32.const 5)',
    [],
    `
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "wide") (param i64) (result i64) (local.get 0))
    (func (export "half") (param f64) (result f64) (f64.div (local.get 0) (f64.const 2)))
    (func (export "nothing"))
    (global $ready (mut i32) (i32.const 0))
    (func (export "_initialize") (global.set $ready (i32.const 1)))
    (func (export "ready") (result i32) (global.get $ready))`,
  );

  test('take and give numbers, after they have been initialised', async () => {
    const plugin = await load(bytes);
    expect(plugin.info.contract).toBe('wasi-p1');
    expect(await plugin.call('add', [2, 3])).toBe(5);
    expect(await plugin.call('wide', ['9007199254740993'])).toBe('9007199254740993');
    expect(await plugin.call('wide', [-7])).toBe(-7);
    expect(await plugin.call('half', 5)).toBe(2.5);
    expect(await plugin.call('nothing')).toBeUndefined();
    expect(await plugin.call('ready')).toBe(1);
  });

  test.each([[[1]], [[1, 2, 3]], [{}], [['1', 2]], [[1.5, 2]], [[2 ** 32, 2]]])(
    '%j is no input of add',
    async (input) => {
      const plugin = await load(bytes);
      await failure(() => plugin.call('add', input), 'INVALID_INPUT');
      expect(await plugin.call('add', [1, -1])).toBe(0);
    },
  );
});
