/** Recording a plugin and running it again: the same results, the same fuel; what is otherwise is told. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  createEngine,
  type EngineOptions,
  hostFunction,
  type LoadOptions,
  type Plugin,
  type Replay,
  replay,
} from '../../engine/index.ts';
import { RecordingFile } from '../../engine/recording/recording-file.ts';
import { canSuspend } from '../../engine/runtime/jspi.ts';
import { temporaryDir } from '../cli/support/cli.ts';
import { fixture } from '../guest-sdk/support/drivers.ts';
import { compilePlugin, ECHO } from '../support/wat.ts';

const dir = temporaryDir();
let made = 0;

interface Made {
  readonly file: string;
  readonly lines: Record<string, unknown>[];
}

/** What a plugin does, written down. */
async function record(
  wasm: Uint8Array,
  use: (plugin: Plugin) => Promise<unknown>,
  options: LoadOptions = {},
  engineOptions: EngineOptions = {},
): Promise<Made> {
  const file = join(dir, `${++made}.jsonl`);
  const engine = await createEngine({ executor: 'inline', ...engineOptions });
  try {
    if (options.grants?.call !== undefined) await engine.load(values, { id: 'values' });
    await use(await engine.load(wasm, { ...options, record: file }));
  } finally {
    await engine.close();
  }
  return { file, lines: linesOf(readFileSync(file, 'utf8')) };
}

const linesOf = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

function write(lines: readonly unknown[]): string {
  const file = join(dir, `${++made}.jsonl`);
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return file;
}

const attempt = (call: Promise<unknown>): Promise<unknown> => call.catch(() => {});
const values = compilePlugin({ name: 'values', functions: { json: ECHO, trap: '(unreachable)' } });
const SAME: Partial<Replay> = { difference: undefined };

test('time, random numbers, stored data and log levels are answered as they were', async () => {
  const chance = await fixture('chance');
  const { file } = await record(
    chance,
    async (plugin) => {
      await plugin.call('times');
      await plugin.call('uuid');
      await plugin.callBytes('bytes', new TextEncoder().encode('100'));
      await plugin.call('own');
      await plugin.call('numbers', 3, { deterministic: { time: 5, seed: 7 } });
    },
    { grants: { clock: true, random: true } },
  );
  expect(await replay(file, chance)).toMatchObject({ ...SAME, calls: 5, operations: 7 });

  const store = await fixture('store');
  const stored = await record(
    store,
    async (plugin) => {
      await plugin.call('count', 'visits');
      await plugin.call('write', { key: 'a', value: 'ü'.repeat(300) });
      await plugin.call('keys');
      await plugin.call('read', '');
    },
    { grants: { kv: true } },
  );
  expect(await replay(stored.file, store)).toMatchObject({ ...SAME, calls: 4 });

  const log = compilePlugin({
    imports: '(import "env" "log_enabled" (func $enabled (param i32) (result i32)))',
    functions: { levels: '(i64.extend_i32_u (i32.mul (call $enabled (i32.const 1)) (i32.const 8)))' },
  });
  const quiet = await record(
    log,
    (plugin) => plugin.callBytes('levels', new Uint8Array()),
    {},
    { logger: { log: () => {}, enabled: () => true } },
  );
  expect(await replay(quiet.file, log)).toMatchObject(SAME);
});

test('calls that fail fail in the same way, and the instances after them are there', async () => {
  const guest = compilePlugin({
    functions: {
      echo: ECHO,
      trap: '(unreachable)',
      spin: '(loop $l (br $l)) (i64.const 0)',
      deep: '(call $plugin_deep (local.get $ptr) (local.get $len))',
    },
  });
  const { file, lines } = await record(guest, async (plugin) => {
    await attempt(plugin.call('trap'));
    await attempt(plugin.call('spin', undefined, { limits: { fuel: 1_000_000 } }));
    await attempt(plugin.call('deep'));
    await attempt(plugin.call('echo', 'x'.repeat(100), { limits: { inputBytes: 50 } }));
    await plugin.call('echo', { fine: 'ü' });
  });
  expect(lines.flatMap(({ error }) => (error === undefined ? [] : [(error as { code: string }).code]))).toEqual([
    'TRAP',
    'OUT_OF_FUEL',
    'STACK_OVERFLOW',
    'LIMIT_EXCEEDED',
  ]);
  expect(await replay(file, guest)).toMatchObject({ ...SAME, calls: 5 });
});

test('a call that was out of time stops at the same fuel', async () => {
  const guest = compilePlugin({ functions: { spin: '(loop $l (br $l)) (i64.const 0)', echo: ECHO } });
  const { file, lines } = await record(guest, async (plugin) => {
    await attempt(plugin.call('spin', undefined, { limits: { timeoutMs: 30, fuel: '1000G' } }));
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 20);
    await attempt(plugin.call('spin', undefined, { signal: abort.signal, limits: { timeoutMs: 500, fuel: '1000G' } }));
    await plugin.call('echo', 1);
  });
  const ended = lines.filter(({ error }) => error !== undefined) as unknown as { usage: { fuelUsed: number } }[];
  expect(ended).toHaveLength(2);
  for (const { usage } of ended) expect(usage.fuelUsed).toBeGreaterThan(0);
  expect(await replay(file, guest)).toMatchObject({ ...SAME, calls: 3 });
});

test('with `reset: per-call`, and for calls at once', async () => {
  const counter = compilePlugin({
    extra: '(global $n (mut i32) (i32.const 48))',
    functions: {
      next: `(global.set $n (i32.add (global.get $n) (i32.const 1)))
        (i32.store8 (i32.const 8) (global.get $n)) (call $pack (i32.const 8) (i32.const 1))`,
    },
  });
  const { file, lines } = await record(
    counter,
    async (plugin) => {
      expect(plugin.callSync('next')).toBe(1);
      expect(await plugin.call('next')).toBe(1);
    },
    { reset: 'per-call' },
  );
  expect(lines[0]).toMatchObject({ reset: 'per-call' });
  expect(await replay(file, counter)).toMatchObject({ ...SAME, calls: 2 });
});

test('a configuration that changed while it was recorded', async () => {
  const hooks = await fixture('hooks');
  const { file } = await record(
    hooks,
    async (plugin) => {
      await plugin.setConfig({ name: 'Ada' });
      await plugin.call('name');
      await plugin.restart();
      expect(await plugin.call('log')).toEqual(['init Ada Ada', 'start']);
    },
    { config: { name: 'Zoë' } },
  );
  expect(await replay(file, hooks)).toMatchObject({ ...SAME, calls: 3 });
});

describe.runIf(canSuspend)('what makes a plugin wait', () => {
  const desk = hostFunction({
    name: 'ask_desk',
    capability: 'desk',
    input: 'text',
    output: 'text',
    async: true,
    call: async (_, question) => `${question}? Perhaps.`,
  });

  test('other plugins, events and functions of the application answer from the recording', async () => {
    const social = await fixture('social');
    const { file } = await record(
      social,
      async (plugin) => {
        await plugin.call('ask', { target: 'values/json', input: { a: 'ü' } });
        await plugin.call('ask', { target: 'values/trap', input: 1 });
        await plugin.call('ask', { target: 'others/json', input: 1 });
        await plugin.call('tell', { name: 'social.news', payload: [1] });
        await plugin.call('desk', 'open');
      },
      { grants: { call: true, emit: true, custom: true } },
      { hostFunctions: [desk] },
    );
    // Nothing of it is there any more.
    expect(await replay(file, social)).toMatchObject({ ...SAME, calls: 5 });
  });

  test('a call that ended while it waited ends there again', async () => {
    const never = hostFunction({
      name: 'never',
      capability: 'never',
      input: 'none',
      output: 'none',
      async: true,
      call: () => new Promise<void>(() => {}),
    });
    const guest = compilePlugin({
      imports: '(import "env" "never" (func $never (result i64)))',
      functions: { wait: '(call $never)' },
      manifest: { permissions: { custom: ['never'] } },
    });
    const { file, lines } = await record(
      guest,
      (plugin) => attempt(plugin.call('wait', undefined, { limits: { timeoutMs: 20 } })),
      { grants: { custom: true } },
      { hostFunctions: [never] },
    );
    expect(lines.flatMap(({ answers = [] }) => answers as object[])).toMatchObject([
      { ask: 'custom.invoke', pending: true },
    ]);
    expect(await replay(file, guest)).toMatchObject({ ...SAME, calls: 1 });
  });
});

test('secrets are not in the file', async () => {
  const secret = 'a secret that nobody should read';
  const guest = compilePlugin({ functions: { echo: ECHO } });
  const { file } = await record(guest, (plugin) => plugin.call('echo', `my ${secret}`), { secrets: { KEY: secret } });
  const text = readFileSync(file, 'utf8');
  expect(text).toContain('my ');
  expect(text).not.toContain(secret);
});

test('a file that is full ends the recording, and no call', async () => {
  const warnings: string[] = [];
  const path = join(dir, 'full.jsonl');
  const file = await RecordingFile.create(path, (message) => warnings.push(message), 20);
  for (const line of [{ a: 1 }, { b: 2 }, { c: 3 }, { d: 4 }]) file.append(line);
  await file.close();
  expect(readFileSync(path, 'utf8')).toBe('{"a":1}\n{"b":2}\n');
  expect(warnings).toEqual(['The recording ends here: it would have more than 20 bytes']);
});

test('a file that cannot be written, and executors that cannot be recorded', async () => {
  const engine = await createEngine({ executor: 'inline' });
  try {
    await expect(engine.load(values, { record: join(dir, 'nowhere/x.jsonl') })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('Cannot write the recording: ENOENT'),
    });
    expect(engine.plugins).toEqual([]);
    await expect(engine.load(values, { record: '' })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(engine.load(values, { record: 'x', executor: 'worker' })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining("executor: 'inline'"),
    });
  } finally {
    await engine.close();
  }
});

describe('a replay that differs says where', () => {
  let wasm: Uint8Array<ArrayBuffer>;
  let lines: Record<string, unknown>[];
  beforeAll(async () => {
    wasm = await fixture('store');
    ({ lines } = await record(wasm, (plugin) => plugin.call('count', 'visits'), { grants: { kv: true } }));
  });
  interface Call {
    readonly usage: { readonly fuelUsed: number };
    readonly answers: { ask: string; args: unknown[]; answer: unknown }[];
  }
  const CALL = 2;
  interface Case {
    readonly name: string;
    readonly change: (call: Call) => unknown;
    readonly about: string;
    readonly message: RegExp;
  }
  const CASES: readonly Case[] = [
    {
      name: 'output',
      change: (call) => Object.assign(call, { output: '2' }),
      about: 'result',
      message: /result was .*2.*now it is .*1/,
    },
    {
      name: 'error',
      change: (call) => Object.assign(call, { error: { code: 'TRAP', message: '' } }),
      about: 'result',
      message: /TRAP/,
    },
    {
      name: 'fuel',
      change: ({ usage }) => Object.assign(usage, { fuelUsed: usage.fuelUsed - 1 }),
      about: 'fuelUsed',
      message: /fuelUsed was \d+, now it is \d+/,
    },
    {
      name: 'input',
      change: (call) => Object.assign(call, { input: '"other"' }),
      about: 'asked',
      message: /Question 1, kv.get, was with \["visits"\], now with \["other"\]/,
    },
    {
      name: 'missing answer',
      change: ({ answers }) => answers.pop(),
      about: 'asked',
      message: /asked once more, for kv.set/,
    },
    {
      name: 'answer too many',
      change: ({ answers }) => answers.push({ ask: 'clock.wall', args: [], answer: 1 }),
      about: 'asked',
      message: /asked 2 times, not 3: the next was clock.wall/,
    },
    {
      name: 'another question',
      change: ({ answers }) => Object.assign(answers[0] as object, { ask: 'kv.list' }),
      about: 'asked',
      message: /Question 1 was kv.list, now it is kv.get/,
    },
  ];
  test.each(CASES)('$name', async ({ change, about, message }) => {
    const copy = structuredClone(lines);
    change(copy[CALL] as unknown as Call);
    const { difference } = await replay(write(copy), wasm);
    expect(difference).toMatchObject({
      line: CALL + 1,
      instance: 1,
      function: 'count',
      about,
      message: expect.stringMatching(message),
    });
  });
});

describe('the file is a stranger', () => {
  let lines: Record<string, unknown>[];
  const wasm = values;
  beforeAll(async () => {
    ({ lines } = await record(wasm, (plugin) => plugin.call('json', 1)));
  });
  const head = (change: object): unknown[] => [{ ...lines[0], ...change }, ...lines.slice(1)];
  const call = (change: object): unknown[] => [...lines.slice(0, 2), { ...lines[2], ...change }];

  const STRANGE: readonly (readonly [string, () => string | Uint8Array | readonly unknown[], RegExp])[] = [
    ['an empty file', () => '', /Line 1 .*cut off|missing/],
    ['half a line', () => '{"ringfence":', /Line 1 .*cut off/],
    ['no JSON', () => 'hello\n', /Line 1 .*not JSON/],
    ['not UTF-8', () => Uint8Array.of(255, 10), /Cannot read the recording/],
    ['another document', () => [{ name: 'x' }], /Line 1 .*ringfence.*missing|unknown/],
    ['another version', () => head({ version: 2 }), /version/],
    [
      'another plugin',
      () => head({ plugin: { name: 'a', version: '1', digest: '0'.repeat(64) } }),
      /of the plugin with the digest 0000/,
    ],
    ['other prices', () => head({ prices: 999 }), /version 999 of the prices/],
    ['a limit that there is not', () => head({ limits: { fule: 1 } }), /Unknown limit "fule"/],
    ['a limit above all', () => head({ limits: { memory: 2 ** 52 } }), /memory/],
    ['a path for a name', () => head({ file: '../../etc/passwd' }), /file/],
    ['a member nobody reads', () => call({ extra: 1 }), /Line 3 .*extra/],
    ['a function that there is not', () => call({ function: 'constructor' }), /no function "constructor"/],
    ['an instance that there is not', () => call({ instance: 9 }), /no instance 9/],
    ['a start twice', () => [...lines.slice(0, 2), lines[1]], /starts twice/],
    ['a configuration that is none', () => [lines[0], { ...lines[1], config: '{' }], /no JSON object/],
    ['an input that is none', () => call({ input: { $number: 'NaN' } }), /neither text nor bytes/],
    ['a mark that means nothing', () => call({ input: { $magic: 1 } }), /\$magic/],
    ['a call after the end', () => [...lines, lines[2]], /takes no calls/],
  ];
  test.each(STRANGE)('%s', async (_, make, message) => {
    const made = make();
    const file = join(dir, 'strange.jsonl');
    if (typeof made === 'string' || made instanceof Uint8Array) writeFileSync(file, made);
    else writeFileSync(file, made.map((line) => `${JSON.stringify(line)}\n`).join(''));
    await expect(replay(file, wasm)).rejects.toMatchObject({
      code: 'INVALID_RECORDING',
      message: expect.stringMatching(message),
    });
  });

  test('answers of other kinds than services give end the call, and no more than that', async () => {
    const store = await fixture('store');
    const recorded = await record(store, (plugin) => plugin.call('count', 'visits'), { grants: { kv: true } });
    for (const answer of [
      null,
      7,
      'x',
      [],
      {},
      { ok: true, value: 'text', version: 'x' },
      { ok: true, value: { a: 1 } },
    ]) {
      const copy = structuredClone(recorded.lines);
      ((copy[2] as { answers: { answer: unknown }[] }).answers[0] as { answer: unknown }).answer = answer;
      const { difference } = await replay(write(copy), store);
      expect(difference, JSON.stringify(answer)).toBeDefined();
    }
  });

  test('names of prototypes are names', async () => {
    const copy = `{"__proto__":{"ringfence":"recording"}}\n`;
    const file = join(dir, 'proto.jsonl');
    writeFileSync(file, copy);
    await expect(replay(file, wasm)).rejects.toMatchObject({ code: 'INVALID_RECORDING' });
  });

  test('a call that runs for ever is ended', async () => {
    const guest = compilePlugin({ functions: { spin: '(loop $l (br $l)) (i64.const 0)' } });
    const { lines } = await record(guest, (plugin) =>
      attempt(plugin.call('spin', undefined, { limits: { fuel: 1_000 } })),
    );
    const call = { ...lines[2], limits: { fuel: 7e13 } };
    const { difference } = await replay(write([...lines.slice(0, 2), call]), guest, { timeoutMs: 50 });
    expect(difference?.about).toBe('result');
  });
});
