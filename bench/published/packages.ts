/**
 * Packages from npm that are WebAssembly inside, with work for each as its users have it. Nothing of it was written for this
 * benchmark but the calls here. `npm ci --prefix bench/published` brings them.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(join(import.meta.dirname, 'package.json'));

/** Does the work once. @returns what it came to: the same for raw and for metered */
export type Work = () => unknown;

export interface PublishedPackage {
  readonly name: string;
  /** Of the modules inside. */
  readonly language: string;
  readonly does: string;
  /** Its glue calls functions out of the module's table, so the table has to be exported. */
  readonly usesTable: boolean;
  /** Until V8 has compiled what is hot, or most of it. */
  readonly warmUpMs: number;
  readonly prepare: () => Promise<Work>;
}

/** A random number from 0 up to 1, the same sequence each time. */
function randoms(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return state / 0x7fff_ffff;
  };
}

/** A source text of some size: a file of one of the packages, a few times over. */
const text = (): string => readFileSync(require.resolve('source-map/lib/source-map-consumer.js'), 'utf8').repeat(4);
const file = (path: string): ArrayBuffer => new Uint8Array(readFileSync(require.resolve(path))).buffer;
const load = (name: string): Promise<unknown> => import(pathToFileURL(require.resolve(name)).href);

interface Database {
  run(sql: string): void;
  prepare(sql: string): { run(values: readonly unknown[]): void; free(): void };
  exec(sql: string): unknown;
  close(): void;
}

async function sqlite(): Promise<Work> {
  const init = require('sql.js') as () => Promise<{ Database: new () => Database }>;
  const { Database } = await init();
  return () => {
    const random = randoms();
    const database = new Database();
    database.run('create table t(a integer, b text, c real); create index i on t(b); begin');
    const insert = database.prepare('insert into t values (?, ?, ?)');
    for (let i = 0; i < 8_000; i++) insert.run([i, `k${Math.floor(random() * 5_000)}`, random()]);
    insert.free();
    database.run('commit');
    const answers = [
      'select b, count(*), sum(c) from t group by b order by 2 desc, b limit 50',
      'select count(*) from t x join t y on x.b = y.b where x.c < y.c',
      "select group_concat(substr(upper(b), 2, 3)) from t where b like '%9%'",
    ].map((sql) => database.exec(sql));
    database.close();
    return JSON.stringify(answers);
  };
}

async function brotli(): Promise<Work> {
  const codec = (await (require('brotli-wasm') as Promise<unknown>)) as {
    compress(bytes: Uint8Array, options: { quality: number }): Uint8Array;
    decompress(bytes: Uint8Array): Uint8Array;
  };
  const input = Buffer.from(text());
  return () => {
    const compressed = codec.compress(input, { quality: 7 });
    return [compressed.length, codec.decompress(compressed).length];
  };
}

interface Match {
  readonly index: number;
  readonly captureIndices: readonly { readonly end: number }[];
}
interface Oniguruma {
  loadWASM(options: { data: ArrayBuffer }): Promise<void>;
  OnigScanner: new (
    patterns: readonly string[],
  ) => { findNextMatchSync(text: unknown, from: number): Match | null; dispose(): void };
  OnigString: new (text: string) => { dispose(): void };
}

async function oniguruma(): Promise<Work> {
  const { loadWASM, OnigScanner, OnigString } = require('vscode-oniguruma') as Oniguruma;
  await loadWASM({ data: file('vscode-oniguruma/release/onig.wasm') });
  const lines = text().split('\n');
  const patterns = [
    '\\b(function|const|let|return|if|else|for)\\b',
    '"([^"\\\\]|\\\\.)*"',
    '\\b[A-Za-z_][\\w$]*(?=\\s*\\()',
    '/\\*.*?\\*/',
    '\\d+(\\.\\d+)?',
  ];
  return () => {
    const scanner = new OnigScanner(patterns);
    let sum = 0;
    for (const line of lines) {
      const handle = new OnigString(line);
      for (let at = 0; at < line.length; ) {
        const match = scanner.findNextMatchSync(handle, at);
        if (match === null) break;
        sum += match.index + 1;
        at = Math.max(match.captureIndices[0]?.end ?? 0, at + 1);
      }
      handle.dispose();
    }
    scanner.dispose();
    return sum;
  };
}

interface QuickJs {
  newContext(): {
    evalCode(code: string): unknown;
    unwrapResult(result: unknown): { dispose(): void };
    dump(value: unknown): unknown;
    dispose(): void;
  };
}

async function quickjs(): Promise<Work> {
  const { getQuickJS } = require('quickjs-emscripten') as { getQuickJS(): Promise<QuickJs> };
  const engine = await getQuickJS();
  const code = `let sum = 0; const map = new Map();
    for (let i = 0; i < 60000; i++) { map.set('k' + (i % 997), i); sum = (sum * 31 + i) % 1000003; }
    const list = []; for (let i = 0; i < 20000; i++) list.push((i * 7919) % 10007); list.sort((x, y) => x - y);
    function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
    sum + fib(20) + list[100] + map.size`;
  return () => {
    const context = engine.newContext();
    const value = context.unwrapResult(context.evalCode(code));
    const answer = context.dump(value);
    value.dispose();
    context.dispose();
    return answer;
  };
}

type Hash = (input: string) => Promise<string>;

async function hashes(): Promise<Work> {
  const library = require('hash-wasm') as Readonly<Record<string, Hash>>;
  const names = [
    'md5',
    'sha1',
    'sha256',
    'sha512',
    'sha3',
    'blake2b',
    'blake3',
    'crc32',
    'xxhash64',
    'whirlpool',
    'sm3',
  ];
  const input = text();
  return () => Promise.all(names.map((name) => (library[name] as Hash)(input)));
}

async function passwords(): Promise<Work> {
  const { argon2id, scrypt, bcrypt } = require('hash-wasm') as Readonly<
    Record<string, (options: object) => Promise<string>>
  >;
  const secret = { password: 'correct horse', outputType: 'hex' };
  const salt = new Uint8Array(16).fill(5);
  return async () => [
    await argon2id?.({ ...secret, salt, parallelism: 1, iterations: 3, memorySize: 4_096, hashLength: 32 }),
    await scrypt?.({ ...secret, salt, costFactor: 4_096, blockSize: 8, parallelism: 1, hashLength: 32 }),
    await bcrypt?.({ ...secret, salt, costFactor: 8 }),
  ];
}

interface Sodium {
  readonly ready: Promise<void>;
  crypto_sign_seed_keypair(seed: Uint8Array): { privateKey: Uint8Array; publicKey: Uint8Array };
  crypto_aead_xchacha20poly1305_ietf_encrypt(
    message: Uint8Array,
    data: null,
    secret: null,
    nonce: Uint8Array,
    key: Uint8Array,
  ): Uint8Array;
  crypto_generichash(length: number, message: Uint8Array): Uint8Array;
  crypto_sign_detached(message: Uint8Array, key: Uint8Array): Uint8Array;
  crypto_sign_verify_detached(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean;
}

async function sodium(): Promise<Work> {
  const library = require('libsodium-wrappers-sumo') as Sodium;
  await library.ready;
  const message = new Uint8Array(200_000).fill(9);
  const short = message.subarray(0, 1_000);
  const key = new Uint8Array(32).fill(1);
  const nonce = new Uint8Array(24);
  const { privateKey, publicKey } = library.crypto_sign_seed_keypair(new Uint8Array(32).fill(3));
  return () => {
    const sealed = library.crypto_aead_xchacha20poly1305_ietf_encrypt(message, null, null, nonce, key);
    const valid = Array.from({ length: 20 }, () =>
      library.crypto_sign_verify_detached(library.crypto_sign_detached(short, privateKey), short, publicKey),
    );
    return [Buffer.from(library.crypto_generichash(32, sealed)).toString('hex'), valid];
  };
}

async function rollup(): Promise<Work> {
  const { parse } = require('@rollup/wasm-node/dist/native.js') as {
    parse(code: string, allowReturn: boolean, jsx: boolean): Uint8Array;
  };
  const code = text();
  return () => parse(code, false, false).length;
}

interface Resvg {
  initWasm(bytes: ArrayBuffer): Promise<void>;
  Resvg: new (svg: string) => { render(): { readonly pixels: Uint8Array; free(): void }; free(): void };
}

async function resvg(): Promise<Work> {
  const { initWasm, Resvg } = require('@resvg/resvg-wasm') as Resvg;
  await initWasm(file('@resvg/resvg-wasm/index_bg.wasm'));
  const random = randoms();
  const at = (): string => `${Math.floor(random() * 400)} ${Math.floor(random() * 400)}`;
  const paths = Array.from(
    { length: 60 },
    (_, i) => `<path d="M${at()} C${at()} ${at()} ${at()}Z" fill="hsl(${i * 6} 80% 50%)" opacity=".5"/>`,
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400">${paths.join('')}</svg>`;
  return () => {
    const image = new Resvg(svg);
    const rendered = image.render();
    const sum = rendered.pixels.reduce((total, value) => (total * 31 + value) | 0, 7);
    rendered.free();
    image.free();
    return sum;
  };
}

interface SourceMap {
  SourceMapGenerator: new (options: object) => { addMapping(mapping: object): void; toString(): string };
  SourceMapConsumer: new (
    map: string,
  ) => Promise<{
    originalPositionFor(position: object): { readonly line: number | null };
    destroy(): void;
  }>;
}

async function sourceMap(): Promise<Work> {
  const { SourceMapGenerator, SourceMapConsumer } = require('source-map') as SourceMap;
  const random = randoms();
  const generator = new SourceMapGenerator({ file: 'a.js' });
  for (let i = 0; i < 30_000; i++) {
    generator.addMapping({
      generated: { line: Math.floor(i / 5) + 1, column: (i % 5) * 10 },
      original: { line: Math.floor(random() * 5_000) + 1, column: Math.floor(random() * 80) },
      source: `s${i % 7}.ts`,
    });
  }
  const map = generator.toString();
  return async () => {
    const consumer = await new SourceMapConsumer(map);
    let sum = 0;
    for (let line = 1; line < 6_000; line += 3) sum += consumer.originalPositionFor({ line, column: 15 }).line ?? 0;
    consumer.destroy();
    return sum;
  };
}

interface RigidBody {
  translation(): { readonly x: number; readonly y: number };
}
interface Rapier {
  init(): Promise<void>;
  World: new (
    gravity: object,
  ) => {
    createRigidBody(description: unknown): unknown;
    createCollider(description: unknown, body?: unknown): void;
    step(): void;
    forEachRigidBody(action: (body: RigidBody) => void): void;
    free(): void;
  };
  RigidBodyDesc: { dynamic(): { setTranslation(x: number, y: number): unknown } };
  ColliderDesc: { cuboid(width: number, height: number): unknown };
}

async function rapier(): Promise<Work> {
  const loaded = (await load('@dimforge/rapier2d-compat')) as Rapier & { readonly default?: Rapier };
  const { init, World, RigidBodyDesc, ColliderDesc } = loaded.default ?? loaded;
  await init();
  return () => {
    const world = new World({ x: 0, y: -9.81 });
    world.createCollider(ColliderDesc.cuboid(100, 1));
    for (let i = 0; i < 300; i++) {
      const at = RigidBodyDesc.dynamic().setTranslation((i % 20) * 1.1 - 10, 2 + Math.floor(i / 20) * 1.1);
      world.createCollider(ColliderDesc.cuboid(0.5, 0.5), world.createRigidBody(at));
    }
    for (let i = 0; i < 100; i++) world.step();
    let sum = 0;
    world.forEachRigidBody((body) => {
      sum += body.translation().x * 3 + body.translation().y;
    });
    world.free();
    return sum;
  };
}

const one = (
  name: string,
  language: string,
  does: string,
  prepare: PublishedPackage['prepare'],
  { usesTable = false, warmUpMs = 500 }: Partial<Pick<PublishedPackage, 'usesTable' | 'warmUpMs'>> = {},
): PublishedPackage => ({ name, language, does, usesTable, warmUpMs, prepare });

export const PACKAGES: readonly PublishedPackage[] = [
  one('sql.js', 'C', 'a database of 8,000 rows: inserts, an index, a join, sums', sqlite, { warmUpMs: 1_500 }),
  one('quickjs-emscripten', 'C', 'a script with a map, a sort and a recursion', quickjs, { warmUpMs: 800 }),
  one('vscode-oniguruma', 'C', 'five regular expressions over source text', oniguruma, { warmUpMs: 800 }),
  one('libsodium-wrappers-sumo', 'C', 'encryption, a hash, signatures', sodium),
  one('hash-wasm', 'C', 'eleven hash functions', hashes),
  one('hash-wasm passwords', 'C', 'argon2, scrypt and bcrypt', passwords),
  one('brotli-wasm', 'Rust', 'compressing and decompressing text', brotli),
  one('@rollup/wasm-node', 'Rust', 'parsing JavaScript', rollup, { usesTable: true, warmUpMs: 800 }),
  one('@resvg/resvg-wasm', 'Rust', 'rendering SVG', resvg, { warmUpMs: 1_500 }),
  one('source-map', 'Rust', 'reading a source map', sourceMap),
  one('@dimforge/rapier2d-compat', 'Rust', 'a hundred steps of a physical world', rapier, { warmUpMs: 2_200 }),
];

/** Undefined where all of them are installed. */
export function whyMissing(): string | undefined {
  try {
    for (const name of ['sql.js', 'hash-wasm', 'source-map']) require.resolve(name);
    return undefined;
  } catch {
    return 'not installed: npm ci --prefix bench/published';
  }
}
