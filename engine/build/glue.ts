/** The generated file that holds a plugin's exports: it decodes arguments, calls the author's functions, encodes results. */

import { typeText } from './guest-type.ts';
import type { HookName } from './hooks.ts';
import type { ExportedFunction, Parameter, PluginExports } from './plugin-exports.ts';
import { SDK_PACKAGE } from './source-files.ts';

/** Lifecycle exports that the ABI requires, with the hook that each calls if the plugin has it. */
const LIFECYCLE: readonly (readonly [name: string, hook: HookName])[] = [
  ['plugin_start', 'onStart'],
  ['plugin_stop', 'onStop'],
  ['plugin_cleanup', 'onCleanup'],
];

/**
 * The text of the file.
 * @param from module path of the author's main file, as the generated file imports it
 * @param info what `plugin_get_info` answers
 */
export function generateGlue({ functions, hooks }: PluginExports, from: string, info: string): string {
  const onInit = hooks.get('onInit');
  const onHealth = hooks.get('onHealth');
  const onEvent = hooks.get('onEvent');
  const saveState = hooks.get('saveState');
  const restoreState = hooks.get('restoreState');
  const parts = [
    `import * as abi from "${SDK_PACKAGE}/assembly/abi";`,
    `import { Json } from "${SDK_PACKAGE}/assembly/json/json";`,
    `import * as plugin from "${from}";`,
    `export { malloc, free, ringfence_abi_v1 } from "${SDK_PACKAGE}/assembly/exports";`,
    exported('plugin_get_info', '', 'i64', [`return abi.literal(${JSON.stringify(info)});`]),
    exported('plugin_init', INPUT, 'i32', [
      'abi.keepConfig(ptr, len);',
      ...(onInit === undefined ? [] : [`plugin.onInit(${onInit.parameters.length > 0 ? 'abi.config.all()' : ''});`]),
      'return abi.status();',
    ]),
    ...LIFECYCLE.map(([name, hook]) =>
      exported(name, '', 'i32', [...(hooks.has(hook) ? [`plugin.${hook}();`] : []), 'return abi.status();']),
    ),
    ...(onHealth === undefined ? [] : [health(onHealth)]),
    ...(onEvent === undefined ? [] : [callable('plugin_on_event', onEvent, 'any')]),
    ...(saveState === undefined ? [] : [callable('plugin_save_state', saveState)]),
    ...(restoreState === undefined ? [] : [restore(restoreState)]),
    ...functions.map((fn) => callable(`plugin_${fn.name}`, fn)),
  ];
  return `${parts.join('\n')}\n`;
}

const INPUT = 'ptr: usize, len: usize';

function exported(name: string, parameters: string, result: string, body: readonly string[]): string {
  return [`export function ${name}(${parameters}): ${result} {`, ...body.map((line) => `  ${line}`), '}'].join('\n');
}

/** A function from input to packed result. */
function callable(name: string, fn: ExportedFunction, members: 'known' | 'any' = 'known'): string {
  const inputs = name === 'plugin_save_state' ? '' : INPUT;
  const call = `plugin.${fn.name}(${fn.parameters.map((_, i) => `a${i}`).join(', ')})`;
  const answer =
    fn.result === undefined
      ? [`${call};`, 'return abi.nothing();']
      : [`return abi.result<${typeText(fn.result)}>(${call});`];
  return exported(name, inputs, 'i64', [...decode(fn.parameters, members, 'abi.report()'), ...answer]);
}

function health({ result }: ExportedFunction): string {
  const body =
    result === undefined ? ['plugin.onHealth();', 'return abi.status();'] : ['return abi.status(plugin.onHealth());'];
  return exported('plugin_health', '', 'i32', body);
}

function restore({ parameters }: ExportedFunction): string {
  const call = `plugin.restoreState(${parameters.map((_, i) => `a${i}`).join(', ')});`;
  return exported('plugin_restore_state', INPUT, 'i32', [
    ...decode(parameters, 'any', 'abi.status()'),
    call,
    'return abi.status();',
  ]);
}

/** Statements that put the arguments into a0, a1, …; they return `failure` if the input does not fit. */
function decode(parameters: readonly Parameter[], members: 'known' | 'any', failure: string): string[] {
  const [first] = parameters;
  if (first === undefined) return [];
  if (parameters.length === 1 && first.type.kind === 'bytes') return ['const a0 = abi.inputBytes(ptr, len);'];
  if (parameters.length === 1 && first.type.kind === 'json') {
    return ['const a0 = abi.inputJson(ptr, len);', `if (abi.failed()) return ${failure};`];
  }
  const known = members === 'any' ? 'null' : `[${parameters.map(({ name }) => JSON.stringify(name)).join(', ')}]`;
  return [
    `if (!abi.openArguments(ptr, len, ${parameters.length === 1})) return ${failure};`,
    ...parameters.map(({ name, type, fallback }, i) => {
      const text = typeText(type);
      return fallback === undefined
        ? `const a${i} = abi.argument<${text}>(${JSON.stringify(name)});`
        : `const a${i} = abi.argumentOr<${text}>(${JSON.stringify(name)}, ${fallback});`;
    }),
    `if (!abi.closeArguments(${known})) return ${failure};`,
  ];
}
