/** What makes a module a plugin: the marker, the memory, and every export of the ABI with its exact type. */
import { describe, expect, it } from 'vitest';
import { ABI_EXPORTS } from '../../engine/abi/exports.ts';
import { checkModule, checkPlugin, type PluginModule } from '../../engine/validate/index.ts';
import { MANIFEST, REQUIRED, type TinyPlugin, tinyPlugin } from '../support/hostile/plugin-wat.ts';
import { expectRefusal } from '../support/refusals.ts';

const check = (plugin: TinyPlugin = {}): PluginModule => checkPlugin(checkModule(tinyPlugin(plugin)), new Map());

const MISTYPED: readonly (readonly [name: string, text: string, is: string, expected: string])[] = [
  [
    'malloc',
    '(func (export "malloc") (param i64) (result i32) (i32.const 0))',
    'is function (i64) -> i32',
    'function (i32) -> i32',
  ],
  [
    'free',
    '(func (export "free") (param i32) (result i32) (i32.const 0))',
    'is function (i32) -> i32',
    'function (i32) -> ()',
  ],
  ['plugin_get_info', '(global (export "plugin_get_info") i64 (i64.const 0))', 'is global', 'function () -> i64'],
  [
    'plugin_init',
    '(func (export "plugin_init") (param i32) (result i32) (i32.const 0))',
    'is function (i32) -> i32',
    'function (i32, i32) -> i32',
  ],
  ['plugin_start', '(func (export "plugin_start"))', 'is function () -> ()', 'function () -> i32'],
  [
    'plugin_echo',
    '(func (export "plugin_echo") (param i32 i32) (result i32) (i32.const 0))',
    'is function (i32, i32) -> i32',
    'function (i32, i32) -> i64',
  ],
  ['memory', '(memory 1) (func (export "memory"))', 'is function () -> ()', 'expected memory'],
];

describe('the handshake', () => {
  it('refuses a module without the marker', () => {
    expectRefusal(
      () => check({ replace: { ringfence_abi_v1: '' } }),
      'NOT_A_PLUGIN',
      'not a Ringfence plugin: it has no export `ringfence_abi_v1`',
      'ringfence build',
    );
  });

  it('refuses any other module before it looks at its imports or manifest', () => {
    const wasi = checkModule(
      tinyPlugin({
        replace: { ringfence_abi_v1: '(func (export "_start"))' },
        imports: '(import "wasi_unstable" "proc_exit" (func (param i32)))',
        manifest: '{',
      }),
    );
    expectRefusal(() => checkPlugin(wasi, new Map()), 'NOT_A_PLUGIN', 'looks built for WASI');
  });

  it('refuses a marker of another version, naming both', () => {
    const error = expectRefusal(
      () => check({ replace: { ringfence_abi_v1: '(func (export "ringfence_abi_v2"))' } }),
      'ABI_MISMATCH',
      '`ringfence_abi_v2`',
      '`ringfence_abi_v1`',
      'Rebuild',
    );
    expect(error.details).toEqual({ wanted: 2, offered: 1 });
  });

  it('accepts a plugin that speaks our version and a later one', () => {
    expect(check({ extra: '(func (export "ringfence_abi_v2"))' }).functions).toEqual(['echo']);
  });
});

describe('exports', () => {
  it.each(Object.keys(REQUIRED).filter((name) => name !== 'ringfence_abi_v1' && name !== 'memory'))(
    'refuses a plugin without %s',
    (name) => {
      expectRefusal(() => check({ replace: { [name]: '' } }), 'NOT_A_PLUGIN', `"${name}": missing, expected function`);
    },
  );

  it('refuses a plugin that does not export its memory', () => {
    expectRefusal(
      () => check({ replace: { memory: '(memory 1)' } }),
      'NOT_A_PLUGIN',
      '"memory": missing, expected memory',
    );
  });

  it('refuses a plugin without any memory', () => {
    expectRefusal(() => check({ replace: { memory: '' } }), 'NOT_A_PLUGIN', 'it has no memory');
  });

  it.each(MISTYPED)('refuses %s with a wrong type', (name, text, is, expected) => {
    expectRefusal(
      () => check({ replace: { [name]: text } }),
      'NOT_A_PLUGIN',
      `"${name}": ${is}`,
      expected,
      /at offset 0x/,
    );
  });

  it.each(Object.entries(ABI_EXPORTS).filter(([, row]) => !row.required))(
    'refuses the optional %s with a wrong type',
    (name) => {
      expectRefusal(
        () => check({ extra: `(func (export "${name}") (param f64))` }),
        'NOT_A_PLUGIN',
        `"${name}": is function (f64) -> ()`,
      );
    },
  );

  it('says all that is wrong in one message', () => {
    const error = expectRefusal(
      () => check({ replace: { malloc: '', plugin_stop: '', free: '(func (export "free"))', plugin_echo: '' } }),
      'NOT_A_PLUGIN',
      '4 exports are wrong',
      '"malloc": missing',
      '"plugin_stop": missing',
      '"free": is function () -> ()',
      'the manifest lists "echo"',
    );
    expect(error.details.exports).toHaveLength(4);
  });

  it('refuses a plugin function that the manifest does not list', () => {
    expectRefusal(
      () => check({ extra: '(func (export "plugin_hidden") (param i32 i32) (result i64) (i64.const 0))' }),
      'NOT_A_PLUGIN',
      '"plugin_hidden"',
      'add "hidden": {} to its "functions"',
    );
  });

  it.each(['plugin_', 'plugin_a b', 'plugin_constructor', `plugin_${'x'.repeat(65)}`])(
    'refuses the export name %s',
    (name) => {
      expectRefusal(
        () => check({ extra: `(func (export "${name}") (param i32 i32) (result i64) (i64.const 0))` }),
        'NOT_A_PLUGIN',
        'name',
      );
    },
  );

  it('reports what a plugin has', () => {
    const plugin = check({
      extra:
        '(func (export "plugin_health") (result i32) (i32.const 0)) (func (export "plugin_save_state") (result i64) (i64.const 0)) (global (export "__data_end") i32 (i32.const 9))',
    });
    expect(plugin.functions).toEqual(['echo']);
    expect(plugin.hooks).toEqual(['health', 'save_state']);
    expect(plugin.manifest).toMatchObject(MANIFEST);
  });
});
