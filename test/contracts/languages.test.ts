/** One suite for plugins in all languages: lifecycle, functions, errors, limits, traps, fuel. */
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { coreModuleOf, surfaceOfCore } from '../../engine/component/link-component.ts';
import { ALL_SIGNATURES } from '../../engine/host/foreign-table.ts';
import { createEngine, type Engine, type LoadOptions, type Plugin } from '../../engine/index.ts';
import { EXECUTORS } from '../../engine/options.ts';
import { checkModule, checkPlugin, checkSurface } from '../../engine/validate/index.ts';
import { buildNative, NATIVE_COMPILERS, NATIVE_PLUGINS, pluginFile } from '../../plugins/build-native.ts';
import { examplePlugin } from '../guest-sdk/support/drivers.ts';
import { failure } from '../support/errors.ts';

interface Subject {
  readonly language: string;
  readonly name: string;
  readonly bytes: () => Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>>;
  readonly call: readonly [name: string, input: unknown, output: unknown];
  readonly failing: readonly [name: string, input: unknown, code: string];
  /** An input that takes much. */
  readonly long: readonly [name: string, input: unknown];
  readonly config: unknown;
  /** A limit on memory that it starts with, and that `long` does not fit in. */
  readonly memory: string;
}

/** As it is committed: of what is no AssemblyScript. */
const native = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(pluginFile(name, `${name}.wasm`)));
const csv = `city,people\n${Array.from({ length: 5_000 }, (_, i) => `"c ${i}",${i}`).join('\n')}`;

const SUBJECTS: readonly Subject[] = [
  {
    language: 'AssemblyScript',
    name: 'word-count',
    bytes: () => examplePlugin('word-count'),
    call: ['count', { text: 'a b a', top: 1 }, expect.objectContaining({ words: 3 })],
    failing: ['count', { top: 1 }, 'INVALID_ARGUMENT'],
    long: ['count', { text: 'one two three four '.repeat(10_000) }],
    config: { stopWords: 1 },
    memory: '256KiB',
  },
  {
    language: 'C',
    name: 'markdown',
    bytes: () => native('markdown'),
    call: ['render', '# Ünï\n\n*a* < b', '<h1>Ünï</h1>\n<p><em>a</em> &lt; b</p>\n'],
    failing: ['render', { text: 'no' }, 'INVALID_INPUT'],
    long: ['render', '> - *a* [b](https://c.example) `d`\n\n'.repeat(5_000)],
    config: { headingOffset: 9 },
    memory: '256KiB',
  },
  {
    language: 'Rust',
    name: 'csv-query',
    bytes: () => native('csv-query'),
    call: ['columns', { csv: 'a,b\n1,2\n' }, { columns: ['a', 'b'], rows: 1 }],
    failing: ['query', { csv: 'a\n1\n', orderBy: 'b' }, 'UNKNOWN_COLUMN'],
    long: ['query', { csv, orderBy: 'people', descending: true, limit: 1 }],
    config: { separator: ';;' },
    memory: '256KiB',
  },
  {
    language: 'JavaScript',
    name: 'template',
    bytes: () => native('template'),
    call: ['render', { template: '{{#each of}}<{{.}}>{{/each}}', data: { of: [1, 'ü'] } }, '<1><ü>'],
    failing: ['render', { template: '{{#if a}}' }, 'TEMPLATE'],
    long: ['repeat', { template: '{{.}}{{.}}', items: Array.from({ length: 10_000 }, (_, i) => i) }],
    config: { escape: 'sometimes' },
    memory: '2MiB',
  },
];

describe.each(SUBJECTS)('$language', ({ name, bytes, call, failing, long, config, memory }) => {
  let engine: Engine;
  let wasm: Uint8Array<ArrayBuffer>;
  beforeAll(async () => {
    engine = await createEngine();
    wasm = await bytes();
  });
  afterAll(() => engine.close());
  const using = async <T>(options: LoadOptions, work: (plugin: Plugin) => Promise<T>): Promise<T> => {
    const plugin = await engine.load(wasm, { id: `${name}-${Math.random().toString(36).slice(2)}`, ...options });
    try {
      return await work(plugin);
    } finally {
      await plugin.unload();
    }
  };

  test('is a plugin with its manifest inside, and imports nothing beyond the host table', () => {
    const core = coreModuleOf(wasm);
    const surface = surfaceOfCore(checkModule(core.bytes).module, core);
    const plugin = checkSurface(surface, ALL_SIGNATURES);
    expect(plugin).toMatchObject({ contract: 'ringfence', manifest: { name } });
    // A component brings the system of its interpreter, which ours stands for.
    expect(plugin.imports.some((key) => key.startsWith('wasi_'))).toBe(core.isLinked);
  });

  describe.each(EXECUTORS)('%s', (executor) => {
    test('starts, answers, restarts, stops', () =>
      using({ executor }, async (plugin) => {
        expect(await plugin.call(call[0], call[1])).toEqual(call[2]);
        await plugin.restart();
        expect(await plugin.call(call[0], call[1])).toEqual(call[2]);
      }));

    test('its own errors have a code, and the instance lives on', () =>
      using({ executor }, async (plugin) => {
        const error = await failure(() => plugin.call(failing[0], failing[1]), 'GUEST_ERROR');
        expect(error.details).toMatchObject({ code: failing[2] });
        expect(await plugin.call(call[0], call[1])).toEqual(call[2]);
      }));

    test('out of fuel it ends, and the next call is answered', () =>
      using({ executor }, async (plugin) => {
        await failure(() => plugin.call(long[0], long[1], { limits: { fuel: 100_000 } }), 'OUT_OF_FUEL');
        expect(await plugin.call(call[0], call[1])).toEqual(call[2]);
      }));

    test('a deadline and a signal end it, and the next call is answered', () =>
      using({ executor }, async (plugin) => {
        await failure(() => plugin.call(long[0], long[1], { limits: { timeoutMs: 1 } }), 'DEADLINE_EXCEEDED');
        await failure(() => plugin.call(call[0], call[1], { signal: AbortSignal.abort() }), 'CANCELLED');
        expect(await plugin.call(call[0], call[1])).toEqual(call[2]);
      }));

    test('it traps where its stack ends, and the next one has its own', async () => {
      const run = (stackDepth: number): Promise<unknown> =>
        using({ executor, limits: { stackDepth } }, (plugin) => plugin.call(long[0], long[1]));
      await failure(() => run(100), 'STACK_OVERFLOW');
      await run(32_000);
    });

    test('it stops when it is told to, and answers no more', () =>
      using({ executor }, async (plugin) => {
        expect(plugin.state).toBe('running');
        await plugin.unload();
        await failure(() => plugin.call(call[0], call[1]), 'CLOSED');
      }));
  });

  test('the same call uses the same fuel in every executor', async () => {
    const used = await Promise.all(
      EXECUTORS.flatMap((executor) =>
        [1, 2].map(() =>
          using({ executor }, async (plugin) => (await plugin.invoke(long[0], long[1])).usage.fuel.used),
        ),
      ),
    );
    expect(new Set(used).size).toBe(1);
    expect(used[0]).toBeGreaterThan(100_000);
  });

  test('a memory that is too small ends the call', () =>
    using({ limits: { memory } }, async (plugin) => {
      const error = await plugin.call(long[0], long[1]).then(
        () => undefined,
        (reason: { readonly code: string }) => reason.code,
      );
      // Which of them, its language decides: how it takes it that there is no more memory.
      expect(['MEMORY_LIMIT', 'TRAP', 'GUEST_ERROR']).toContain(error);
      expect(await plugin.call(call[0], call[1])).toEqual(call[2]);
    }));

  test('too much input is refused before it runs', () =>
    using({ limits: { inputBytes: 1_000 } }, (plugin) =>
      failure(() => plugin.call(long[0], long[1]), 'LIMIT_EXCEEDED'),
    ));

  test('too much output is refused, and not copied', () =>
    using({}, async (plugin) => {
      const error = await failure(
        () => plugin.call(call[0], call[1], { limits: { outputBytes: 1 } }),
        'LIMIT_EXCEEDED',
      );
      expect(error.details).toMatchObject({ limit: 'outputBytes' });
      expect(await plugin.call(call[0], call[1])).toEqual(call[2]);
    }));

  test('a function that it does not have is named', () =>
    using({}, (plugin) => failure(() => plugin.call('no_such_function'), 'UNKNOWN_FUNCTION')));

  test('a configuration that its schema refuses does not load', async () => {
    await failure(() => using({ config: config as object }, async () => {}), 'INVALID_CONFIG');
  });
});

describe('artifacts', () => {
  for (const [name, compiler] of Object.entries(NATIVE_PLUGINS)) {
    const isThere = existsSync(NATIVE_COMPILERS[compiler]);
    test.runIf(isThere)(
      `${name} can be built from its source, and says the same (skipped without ${compiler})`,
      async () => {
        const built = buildNative(name);
        const facts = (bytes: Uint8Array): object => {
          const { manifest, functions, imports } = checkPlugin(checkModule(bytes), ALL_SIGNATURES);
          return { manifest, functions, imports: [...imports].sort() };
        };
        expect(facts(built)).toEqual(facts(native(name)));
        const { call } = SUBJECTS.find((subject) => subject.name === name) as Subject;
        await using engine = await createEngine({ executor: 'inline' });
        const plugin = await engine.load(built);
        expect(await plugin.call(call[0], call[1])).toEqual(call[2]);
      },
      120_000,
    );
  }

  test.each(Object.keys(NATIVE_PLUGINS))('%s names no place of this checkout', (name) => {
    const text = Buffer.from(native(name)).toString('latin1');
    for (const place of [import.meta.dirname.split('/test/')[0] as string, '/root/', '/home/', '/tmp/']) {
      expect(text).not.toContain(place);
    }
  });
});
