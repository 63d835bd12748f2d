/** The peer: a component behind the glue that jco generates, over a system that has nothing, which is as fast as imports can be. */
import { Script } from 'node:vm';
import { TRANSPILER } from './subjects.ts';

interface Transpiler {
  transpileBytes(bytes: Uint8Array, options: object): Promise<{ files: Record<string, Uint8Array<ArrayBuffer>> }>;
}

interface Glue {
  initialize(config: string): void;
  start(): void;
  call(name: string, input: string): string;
}

/** What host functions answer with where nothing is no answer. */
const ANSWERS: Readonly<Record<string, unknown>> = {
  now: () => 0n,
  insecureSeed: () => [1n, 2n],
  getEnvironment: () => [],
  getDirectories: () => [],
  write: () => undefined,
  enabled: () => false,
  get: () => '',
};

export async function jcoCall(component: Uint8Array, config: string): Promise<Glue['call']> {
  const { transpileBytes } = (await import(TRANSPILER)) as Transpiler;
  const { files } = await transpileBytes(component, {
    name: 'p',
    instantiation: 'sync',
    base64Cutoff: 0,
    emitTypescriptDeclarations: false,
    nodejsCompat: false,
    noComponentErrorWrapping: false,
  });
  const glue = new TextDecoder().decode(files['p.js']).replaceAll(/^export (?=function|const)/gm, '');
  const instantiate = new Script(`(() => { ${glue}\nreturn instantiate; })()`).runInThisContext() as (
    core: (name: string) => WebAssembly.Module,
    imports: object,
  ) => Glue;
  const anything = new Proxy(function nothing() {}, {
    get: () => anything,
    apply: () => 0n,
    construct: () => anything,
  }) as object;
  const functions = new Proxy({}, { get: (_, name) => ANSWERS[String(name)] ?? anything });
  const plugin = instantiate(
    (name) => new WebAssembly.Module(files[name] as Uint8Array<ArrayBuffer>),
    new Proxy({}, { get: () => functions }),
  );
  plugin.initialize(config);
  plugin.start();
  return (name, input) => plugin.call(name, input);
}
