/** The package as it is built: the files in which its threads start are where the code looks for them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { extismGuest, wasiCommand } from './support/foreign-guests.ts';
import { largePlugin } from './support/large-plugin.ts';
import { compilePlugin, ECHO } from './support/wat.ts';
import { worldComponent } from './support/world-component.ts';

const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));
const BIN = join(REPOSITORY, 'node_modules', '.bin');
let built = '';

beforeAll(() => {
  const parent = join(REPOSITORY, 'node_modules', '.cache');
  mkdirSync(parent, { recursive: true });
  // Below node_modules, so that it finds the packages that it depends on.
  built = mkdtempSync(join(parent, 'ringfence-build-'));
  execFileSync(join(BIN, 'tsdown'), ['--out-dir', built, '--no-dts', '--logLevel', 'error'], { cwd: REPOSITORY });
  writeFileSync(join(built, 'large.wasm'), largePlugin());
});
afterAll(() => rmSync(built, { recursive: true, force: true }));

test.each(['inline', 'worker'])('a large plugin is checked in a thread and runs, executor %s', (executor) => {
  writeFileSync(
    join(built, 'run.js'),
    `import { createEngine } from './index.js';
     const engine = await createEngine({ executor: '${executor}', cache: 'cache-${executor}' });
     const plugin = await engine.load('large.wasm');
     console.log(await plugin.call('echo', 'built'));
     await engine.close();`,
  );
  const output = execFileSync(process.execPath, ['run.js'], { cwd: built, encoding: 'utf8', timeout: 60_000 });
  expect(output).toBe('built\n');
});

test('its plugin tests run under node:test, from the package by its name', () => {
  // As it is packed: package.json beside `dist`. What it depends on is found above, in this checkout.
  const installed = join(built, 'author', 'node_modules', 'ringfence');
  mkdirSync(installed, { recursive: true });
  cpSync(join(REPOSITORY, 'package.json'), join(installed, 'package.json'));
  for (const file of readdirSync(built).filter((name) => name !== 'author' && name !== 'large.wasm'))
    cpSync(join(built, file), join(installed, 'dist', file), { recursive: true });
  const echo = compilePlugin({ functions: { echo: ECHO }, manifest: { permissions: { kv: true } } });
  writeFileSync(join(built, 'author', 'echo.wasm'), echo);
  writeFileSync(
    join(built, 'author', 'plugin.test.mjs'),
    `import assert from 'node:assert/strict';
     import test from 'node:test';
     import { isRingfenceError } from 'ringfence';
     import { assertUsage, failureOf, testPlugin } from 'ringfence/testing';

     test('echoes', async () => {
       const plugin = await testPlugin('echo.wasm', { kv: { a: '1' } });
       try {
         const { value, usage } = await plugin.invoke('echo', { a: 1 });
         assert.deepEqual(value, { a: 1 });
         assertUsage(usage, { hostCalls: 0 });
         assert.equal(plugin.kv.text('a'), '1');
         assert.equal((await failureOf(plugin.call('echo', 1, { limits: { fuel: 1 } }))).code, 'OUT_OF_FUEL');
         await assert.rejects(plugin.call('nothing'), (error) => isRingfenceError(error, 'UNKNOWN_FUNCTION'));
       } finally {
         await plugin.close();
       }
     });`,
  );
  const output = execFileSync(process.execPath, ['--test', '--test-reporter=tap', 'plugin.test.mjs'], {
    cwd: join(built, 'author'),
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(output).toContain('# pass 1');
});

test('every subpath of the package is built', () => {
  const { exports } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as {
    exports: Record<string, string | { readonly default: string }>;
  };
  const targets = Object.values(exports).flatMap((target) => (typeof target === 'string' ? [] : [target.default]));
  expect(targets.length).toBeGreaterThan(3);
  for (const target of targets) expect(existsSync(join(built, target.replace('./dist/', ''))), target).toBe(true);
});

test('installing a tarball of it runs nothing, and so asks nobody to allow it', () => {
  const { scripts } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  for (const name of ['preinstall', 'install', 'postinstall', 'prepare']) expect(scripts).not.toHaveProperty(name);
});

/** Notes which packages are asked for, and has none of those that a plain installation does not bring. */
const REGISTERED = `import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
const installed = new Set(JSON.parse(process.env.INSTALLED));
registerHooks({
  resolve(specifier, context, next) {
    const name = /^(?:@[^/]+\\/)?[^./:@][^/:]*(?=\\/|$)/.exec(specifier)?.[0];
    const isOurs = !context.parentURL?.includes('/node_modules/') || context.parentURL.includes('/.cache/ringfence-build-');
    if (name === undefined || specifier.startsWith('node:') || !isOurs) return next(specifier, context);
    appendFileSync('asked.txt', name + '\\n');
    if (installed.has(name)) return next(specifier, context);
    throw Object.assign(new Error('Cannot find package ' + name), { code: 'ERR_MODULE_NOT_FOUND' });
  },
});`;

interface PackageFile {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>;
}
const about = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as PackageFile;

function withoutPeers(...args: readonly string[]): { status: number | null; output: string; asked: Set<string> } {
  writeFileSync(join(built, 'without-peers.mjs'), REGISTERED);
  rmSync(join(built, 'asked.txt'), { force: true });
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', './without-peers.mjs', ...args], {
    cwd: built,
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, INSTALLED: JSON.stringify(Object.keys(about.dependencies)) },
  });
  const asked = existsSync(join(built, 'asked.txt')) ? readFileSync(join(built, 'asked.txt'), 'utf8') : '';
  return { status, output: stdout + stderr, asked: new Set(asked.trim().split('\n')) };
}

test('all peers are optional', () => {
  expect(Object.keys(about.peerDependenciesMeta)).toEqual(Object.keys(about.peerDependencies));
  for (const { optional } of Object.values(about.peerDependenciesMeta)) expect(optional).toBe(true);
});

test('without the optional peers plugins of every contract run, from the API and from the command line', () => {
  writeFileSync(join(built, 'component.wasm'), worldComponent());
  writeFileSync(join(built, 'extism.wasm'), extismGuest({ functions: { nothing: '(i32.const 0)' } }));
  writeFileSync(join(built, 'wasi.wasm'), wasiCommand(''));
  writeFileSync(
    join(built, 'contracts.mjs'),
    `import { createEngine } from './index.js';
     const engine = await createEngine();
     for (const [file, fn] of [['large.wasm', 'echo'], ['component.wasm', 'echo'], ['extism.wasm', 'nothing'], ['wasi.wasm', '_start']]) {
       const plugin = await engine.load(file, { id: file.replace('.wasm', '') });
       await plugin.callBytes(fn, new TextEncoder().encode('1'));
       console.log(plugin.info.contract);
     }
     await engine.close();`,
  );
  const run = withoutPeers('contracts.mjs');
  expect(run.output).toBe('ringfence\nringfence\nextism\nwasi-p1-command\n');
  expect(run.status).toBe(0);
  const command = withoutPeers('cli/main.js', 'inspect', 'component.wasm');
  expect(command.output).toContain('The component');
  expect(command.status).toBe(0);
  for (const { asked } of [run, command]) {
    expect([...asked].filter((name) => Object.hasOwn(about.peerDependencies, name))).toEqual([]);
  }
});

test.each([
  ['assemblyscript', 'assembly', { 'assembly/index.ts': 'export function one(): i32 { return 1; }' }],
  ['componentize-qjs', 'script', { 'plugin.js': 'export const one = () => 1;' }],
])('what takes the optional peer %s says how to install it', (peer, folder, files) => {
  const place = join(built, folder);
  const manifest = { name: 'one', version: '1.0.0', abi: 1, functions: { one: {} }, permissions: {} };
  for (const [file, text] of Object.entries({ ...files, 'plugin.json': JSON.stringify(manifest) })) {
    mkdirSync(dirname(join(place, file)), { recursive: true });
    writeFileSync(join(place, file), text);
  }
  const { status, output } = withoutPeers('cli/main.js', 'build', folder);
  expect(output).toContain('BUILD_FAILED');
  expect(output).toContain(`${peer}@${about.peerDependencies[peer]}`);
  expect(output).toMatch(/npm install --save-dev/);
  expect(status).not.toBe(0);
});
