/** The files of a new plugin. Small, complete, and each line there to be changed. */

export interface NewPlugin {
  readonly name: string;
  /** Of packages, by name: a range of versions or a `file:` path. */
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Text by path inside the plugin's directory. */
export function pluginFiles(plugin: NewPlugin): Readonly<Record<string, string>> {
  return {
    'package.json': json(packageJson(plugin)),
    'plugin.json': json(manifest(plugin)),
    'assembly/index.ts': SOURCE,
    'assembly/tsconfig.json': json({ extends: 'assemblyscript/std/assembly.json', include: ['./**/*.ts'] }),
    'test/plugin.test.ts': testSource(plugin),
    'README.md': readme(plugin),
    '.gitignore': 'node_modules/\nbuild/\n',
  };
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

function packageJson({ name, dependencies }: NewPlugin): unknown {
  return {
    name,
    version: '0.1.0',
    private: true,
    type: 'module',
    scripts: {
      build: 'ringfence build',
      test: 'ringfence build && vitest run',
      'test:dev': 'vitest run',
      dev: 'ringfence dev',
      inspect: `ringfence inspect ${wasmFile(name)}`,
    },
    // `node` brings its binary in a script of its own.
    allowScripts: { node: true },
    devDependencies: dependencies,
  };
}

function manifest({ name }: NewPlugin): unknown {
  return {
    name,
    version: '0.1.0',
    abi: 1,
    description: 'Greets people and counts words.',
    permissions: {},
    config: {
      type: 'object',
      properties: { greeting: { type: 'string', description: 'What comes before the name.', default: 'Hello' } },
      additionalProperties: false,
    },
  };
}

/** A scoped name is a path. */
const wasmFile = (name: string): string => `build/${name}.wasm`;

const SOURCE = `// Every function that is exported here can be called by the host. Its comment becomes its description, its parameters
// become members of the JSON input, and what it returns becomes the JSON output.

import { config, fail, Json, json, log } from "ringfence-guest";

/** Greets somebody by name. */
export function greet(name: string): string {
  if (name.trim() == "") return fail<string>("EMPTY_NAME", "expected a name, got only white space");
  log.info(\`greeting \${name}\`);
  return \`\${config.get("greeting").asString("Hello")}, \${name}!\`;
}

/** Counts words and characters of a text. */
export function count(text: string): Json {
  const words = text.split(" ").filter((word) => word.length > 0);
  return json.object().set("words", words.length).set("characters", text.length);
}
`;

function testSource({ name }: NewPlugin): string {
  return `import { assertUsage, failureOf, type TestPlugin, testPlugin } from 'ringfence/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

let plugin: TestPlugin;

beforeAll(async () => {
  plugin = await testPlugin('${wasmFile(name)}', { config: { greeting: 'Good morning' } });
});

afterAll(() => plugin?.close());

test('greets with the greeting of the configuration, and says so in the log', async () => {
  expect(await plugin.call('greet', { name: 'Zoë' })).toBe('Good morning, Zoë!');
  expect(plugin.lines).toEqual(['info greeting Zoë']);
});

test('refuses to greet nobody, with a code that programs can match', async () => {
  expect(await failureOf(plugin.call('greet', { name: ' ' }))).toMatchObject({ code: 'EMPTY_NAME' });
});

test('counts words, and does not need much fuel for it', async () => {
  const { value, usage } = await plugin.invoke('count', { text: 'to be or not to be' });
  expect(value).toEqual({ words: 6, characters: 18 });
  assertUsage(usage, { fuel: 1_000_000 });
});
`;
}

function readme({ name }: NewPlugin): string {
  return `# ${name}

A plugin for Ringfence.

\`\`\`sh
npm install
npm test                # builds ${wasmFile(name)} and tests it
npm run dev             # builds, runs and tests it anew at every edit
npx ringfence inspect ${wasmFile(name)}
npx ringfence run ${wasmFile(name)} greet --input '{"name": "Ada"}'
\`\`\`

| file | |
| --- | --- |
| \`assembly/index.ts\` | the plugin, in AssemblyScript: every exported function can be called |
| \`plugin.json\` | its manifest: name, version, what it asks for and why, its configuration |
| \`test/plugin.test.ts\` | runs the built plugin in a real engine, with fakes for what is outside |

To reach the network, ask for it in \`plugin.json\`; whoever runs the plugin then grants it:

\`\`\`json
"permissions": { "http": [{ "host": "https://api.example.com", "reason": "looks up names" }] }
\`\`\`

In its tests nothing is ever sent: \`testPlugin('${wasmFile(name)}', { http: [{ url: 'https://api.example.com/*', json: {} }] })\`.

The development dependency \`node\` makes npm scripts run on a version of Node.js that Ringfence supports, whatever the machine has.
`;
}
