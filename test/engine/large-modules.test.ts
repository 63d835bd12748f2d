/** Loading what is checked and metered in a thread: given up, shared, closed over, and never something else than was given. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine, type Engine, type Plugin } from '../../engine/index.ts';
import { DEFAULT_LIMITS } from '../../engine/limits.ts';
import { Preparer, type PreparerOptions } from '../../engine/runtime/prepare.ts';
import { failure } from '../support/errors.ts';
import { largePlugin } from '../support/large-plugin.ts';
import { compilePlugin, ECHO } from '../support/wat.ts';

const large = largePlugin();
const versions = ['2.0.0', '3.0.0'].map((version) => largePlugin(1_000, version)) as [Uint8Array, Uint8Array];
let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ringfence-large-'));
});
afterAll(() => rm(directory, { recursive: true }));

const fresh = (): Promise<Engine> => createEngine();

async function versionOf(plugin: Plugin): Promise<unknown> {
  const version = await plugin.call('version');
  expect(plugin.info.version).toBe(version);
  await plugin.unload();
  return version;
}

describe('what was given is what runs', () => {
  test('also if the caller writes to its bytes right after', async () => {
    await using own = await fresh();
    const mine = new Uint8Array(versions[0]);
    const loading = own.load(mine);
    mine.set(versions[1].subarray(0, mine.length));
    expect(await versionOf(await loading)).toBe('2.0.0');
  });

  test('also if the same array holds another plugin the next time', async () => {
    await using own = await fresh();
    const mine = new Uint8Array(versions[0]);
    for (let i = 0; i < 2; i++) expect(await versionOf(await own.load(mine))).toBe('2.0.0');
    mine.set(versions[1]);
    for (let i = 0; i < 2; i++) expect(await versionOf(await own.load(mine))).toBe('3.0.0');
  });

  test('the caller keeps its bytes', async () => {
    await using own = await fresh();
    const mine = new Uint8Array(large);
    await own.load(mine);
    expect(mine).toEqual(large);
  });

  test('also if a file is written to', async () => {
    await using own = await fresh();
    const path = join(directory, 'plugin.wasm');
    for (const [i, bytes] of [...versions, ...versions].entries()) {
      await writeFile(path, bytes);
      for (let j = 0; j < 2; j++) expect(await versionOf(await own.load(path))).toBe(`${2 + (i % 2)}.0.0`);
    }
  });

  test('also if a file gets its old times back', async () => {
    await using own = await fresh();
    const path = join(directory, 'old.wasm');
    await writeFile(path, versions[0]);
    const { atime, mtime } = await stat(path);
    expect(await versionOf(await own.load(path))).toBe('2.0.0');
    await writeFile(path, versions[1]);
    await utimes(path, atime, mtime);
    expect(await versionOf(await own.load(path))).toBe('3.0.0');
  });

  test('a plugin.json that is written beside a known file counts', async () => {
    await using own = await fresh();
    const path = join(directory, 'bare.wasm');
    await writeFile(path, compilePlugin({ functions: { echo: ECHO }, manifest: undefined }));
    const manifest = { name: 'guest', version: '1.0.0', abi: 1, functions: { echo: {} }, permissions: {} };
    await failure(() => own.load(path), 'INVALID_MANIFEST');
    await writeFile(join(directory, 'plugin.json'), JSON.stringify(manifest));
    await (await own.load(path)).unload();
    await writeFile(join(directory, 'plugin.json'), JSON.stringify({ ...manifest, version: '1.0.0-rc.1' }));
    await failure(() => own.load(path), 'INVALID_MANIFEST');
    await rm(join(directory, 'plugin.json'));
    await failure(() => own.load(path), 'INVALID_MANIFEST');
  });
});

describe('a load that is given up', () => {
  test('by its signal leaves nothing behind, and the next is not disturbed', async () => {
    await using own = await fresh();
    const controller = new AbortController();
    const refused = failure(() => own.load(large, { signal: controller.signal }), 'CANCELLED');
    setTimeout(() => controller.abort(), 5);
    await refused;
    expect(own.plugins).toEqual([]);
    expect(await versionOf(await own.load(large))).toBe('1.0.0');
  });

  test('by its time', async () => {
    await using own = await fresh();
    const error = await failure(() => own.load(large, { limits: { startTimeoutMs: 1 } }), 'DEADLINE_EXCEEDED');
    expect(error.details).toMatchObject({ limit: 'startTimeoutMs', allowed: 1 });
    expect(own.plugins).toEqual([]);
    expect(await versionOf(await own.load(large))).toBe('1.0.0');
  });

  test('before it has begun', async () => {
    await using own = await fresh();
    await failure(() => own.load(large, { signal: AbortSignal.abort() }), 'CANCELLED');
  });

  test('because the engine is closed, ends at once, and so does the process', async () => {
    const own = await fresh();
    const refused = Promise.all([large, ...versions].map((bytes) => failure(() => own.load(bytes), 'CLOSED')));
    await new Promise((resolve) => setTimeout(resolve, 5));
    await own.close();
    await refused;
    expect(runScript('const loading = engine.load(bytes).catch(() => {}); await engine.close(); await loading;')).toBe(
      '',
    );
  });

  test('does not take along another load of the same bytes', async () => {
    await using own = await fresh();
    const controller = new AbortController();
    const refused = failure(() => own.load(large, { id: 'a', signal: controller.signal }), 'CANCELLED');
    const loading = own.load(large, { id: 'b' });
    setTimeout(() => controller.abort(), 5);
    await refused;
    expect(await versionOf(await loading)).toBe('1.0.0');
  });
});

describe('several loads at once', () => {
  const prepare = async (preparer: Preparer, bytes: Uint8Array, memory = DEFAULT_LIMITS.memory): Promise<object> => {
    const limits = { ...DEFAULT_LIMITS, memory };
    return (await preparer.prepare(bytes, { maxBytes: 1e7, limits: () => limits })).module;
  };
  const withPreparer = async (
    work: (preparer: Preparer) => Promise<void>,
    options?: PreparerOptions,
  ): Promise<void> => {
    const preparer = new Preparer(options);
    await work(preparer);
    await preparer.close();
  };

  test('of the same bytes share one module', () =>
    withPreparer(async (preparer) => {
      const modules = await Promise.all([1, 2, 3].map(() => prepare(preparer, large)));
      expect(new Set(modules).size).toBe(1);
      expect(await prepare(preparer, large)).toBe(modules[0]);
    }));

  test('of the same bytes under different limits do not', () =>
    withPreparer(async (preparer) => {
      const modules = await Promise.all([4, 5, 6].map((MiB) => prepare(preparer, large, MiB * 1024 * 1024)));
      expect(new Set(modules).size).toBe(3);
    }));

  test('of different bytes are done one after the other', () =>
    withPreparer(async (preparer) => {
      const modules = await Promise.all([large, ...versions].map((bytes) => prepare(preparer, bytes)));
      expect(new Set(modules).size).toBe(3);
    }));

  test('of what is refused are refused all', () =>
    withPreparer(async (preparer) => {
      const broken = new Uint8Array(large).subarray(0, large.length - 100);
      await Promise.all([1, 2].map(() => failure(() => prepare(preparer, broken), 'INVALID_MODULE')));
    }));

  test('only one of which fits its limits: the other is loaded', () =>
    withPreparer(async (preparer) => {
      const low = failure(() => prepare(preparer, large, 65_536), 'MEMORY_LIMIT');
      const high = prepare(preparer, large);
      await low;
      expect(await high).toBeInstanceOf(WebAssembly.Module);
    }));
});

test('a process whose engine has loaded a large module and is not closed ends all the same', () => {
  expect(runScript("const plugin = await engine.load(bytes); console.log(await plugin.call('version'));")).toBe(
    '1.0.0',
  );
});

/** @param code with `engine` and `bytes` at hand. @returns what it prints. It has to end by itself. */
function runScript(code: string): string {
  const at = new URL('../../engine/index.ts', import.meta.url);
  const script = `
    import { readFileSync } from 'node:fs';
    import { createEngine } from '${at}';
    const bytes = readFileSync(0);
    const engine = await createEngine();
    ${code}`;
  const args = ['--no-warnings', '--input-type=module-typescript', '--eval', script];
  return execFileSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000, input: large }).trim();
}
