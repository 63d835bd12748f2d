/** `ringfence dev`: an edit is built, loaded and tested; what cannot be built or started leaves the version before running. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryDir, writeIn } from './support/cli.ts';
import { Running } from './support/running.ts';

const SOURCE = `import { Json, json, log } from "ringfence-guest";

let calls: i32 = 0;

export function greet(name: string): string {
  calls++;
  log.info("greeting " + name);
  return "Hello, " + name + " (" + calls.toString() + ")";
}

export function boom(): i32 {
  unreachable();
  return 1;
}

export function saveState(): Json {
  return json.object().set("calls", calls);
}

export function restoreState(state: Json): void {
  calls = <i32>state.get("calls").asInteger();
}
`;

function pluginDirectory(): string {
  const dir = temporaryDir();
  mkdirSync(join(dir, 'assembly'));
  mkdirSync(join(dir, 'test'));
  writeIn(dir, 'assembly/index.ts', SOURCE);
  writeIn(dir, 'plugin.json', JSON.stringify({ name: 'greeter', version: '1.0.0', state: { version: 1 } }));
  writeIn(dir, 'package.json', JSON.stringify({ name: 'greeter', scripts: { 'test:dev': 'node test/run.mjs' } }));
  writeIn(
    dir,
    'test/run.mjs',
    `import { statSync } from 'node:fs';
     console.log('testing', statSync('build/greeter.wasm').isFile());`,
  );
  return dir;
}

describe('ringfence dev', () => {
  test('reloads at an edit, with the state; keeps what runs where the edit does not build; shows traps with their lines', async () => {
    const dir = pluginDirectory();
    const edit = (from: string, to: string): string => {
      const before = readFileSync(join(dir, 'assembly/index.ts'), 'utf8');
      return writeIn(dir, 'assembly/index.ts', before.replace(from, to));
    };
    await using running = Running.ringfence(['dev', '.'], dir);
    await running.next(/started greeter 1\.0\.0: built in/);
    await running.next(/testing true/);
    await running.next(/tests passed/);
    running.write('greet {"name": "Ada"}');
    await running.next(/info .*greeter.* greeting Ada/);
    await running.next(/"Hello, Ada \(1\)"/);

    edit('"Hello, "', '"Good morning, "');
    await running.next(/reloaded greeter 1\.0\.0: built in .* after the edit/);
    running.write('greet {"name": "Ada"}');
    await running.next(/"Good morning, Ada \(2\)"/);

    edit('calls++;', 'calls++; this is no code');
    await running.next(/assembly\/index\.ts:6:\d+: error/);
    await running.next(/the version before goes on running/);
    running.write('greet {"name": "Ada"}');
    await running.next(/"Good morning, Ada \(3\)"/);

    edit(' this is no code', '');
    await running.next(/reloaded greeter/);
    running.write('boom');
    await running.next(/error TRAP: .*unreachable/);
    await running.next(/12 \| {3}unreachable\(\);\n +\^/);

    writeIn(dir, 'test/run.mjs', 'process.exitCode = 1');
    await running.next(/changed: test\/run\.mjs/);
    await running.next(/tests failed/);
    expect(await running.stop('SIGINT')).toBe(0);
  });

  test('waits for a first build without errors', async () => {
    const dir = pluginDirectory();
    writeIn(dir, 'assembly/index.ts', 'export function greet(name: string): string { return 1; }');
    await using running = Running.ringfence(['dev', '.', '--no-test', '--call', 'greet', '--input', '"Ada"'], dir);
    await running.next(/error BUILD_FAILED/);
    await running.next(/watching/);
    running.write('greet "Ada"');
    await running.next(/nothing runs yet/);
    writeIn(dir, 'assembly/index.ts', SOURCE);
    await running.next(/(?:re)?(?:loaded|started) greeter/);
    await running.next(/"Hello, Ada \(1\)"/);
    expect(await running.stop()).toBe(0);
  });
});
