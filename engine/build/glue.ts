/** The generated file that holds a plugin's exports: it decodes arguments, calls the author's functions, encodes results. */

import { typeText } from './guest-type.ts';
import type { HookName } from './hooks.ts';
import type { PluginExports } from './plugin-exports.ts';
import { type ExportedFunction, mayBeBare, takesMembers } from './signature-reader.ts';
import { SDK_PACKAGE } from './source-files.ts';

/** Lifecycle exports that the ABI requires, with the hook that each calls if the plugin has it. */
const LIFECYCLE: readonly (readonly [name: string, hook: HookName])[] = [
  ['plugin_start', 'onStart'],
  ['plugin_stop', 'onStop'],
  ['plugin_cleanup', 'onCleanup'],
];

/** Path of the file: beside the plugin's main file, which it imports. */
export function glueFile(entry: string): string {
  return entry.replace(/[^/]*$/, '__ringfence_exports.ts');
}

/**
 * The text of the file.
 * @param entry the author's main file, as the compiler names it
 * @param info what `plugin_get_info` answers
 */
export function generateGlue({ functions, hooks }: PluginExports, entry: string, info: string): string {
  const onInit = hooks.get('onInit');
  const onHealth = hooks.get('onHealth');
  const onEvent = hooks.get('onEvent');
  const saveState = hooks.get('saveState');
  const restoreState = hooks.get('restoreState');
  const parts = [
    `import * as abi from "${SDK_PACKAGE}/assembly/abi";`,
    `import { Json } from "${SDK_PACKAGE}/assembly/json/json";`,
    `import * as plugin from "./${entry.replace(/^.*\//, '')}";`,
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
  const known = members === 'known' && takesMembers(fn) ? `${name}_arguments` : undefined;
  const call = `plugin.${fn.name}(${fn.parameters.map((_, i) => `a${i}`).join(', ')})`;
  const answer =
    fn.result === undefined
      ? [`${call};`, 'return abi.nothing();']
      : [`return abi.result<${typeText(fn.result)}>(${call});`];
  return [
    // A constant: written in place, the array would be allocated in each call.
    ...(known === undefined
      ? []
      : [
          `const ${known}: StaticArray<string> = [${fn.parameters.map(({ name }) => JSON.stringify(name)).join(', ')}];`,
        ]),
    exported(name, inputs, 'i64', [
      'abi.enter();',
      ...(name === 'plugin_on_event' ? ['abi.heedConfig(ptr, len);'] : []),
      ...decode(fn, known ?? 'null', 'abi.report()'),
      ...answer,
    ]),
  ].join('\n');
}

function health({ result }: ExportedFunction): string {
  const body =
    result === undefined ? ['plugin.onHealth();', 'return abi.status();'] : ['return abi.status(plugin.onHealth());'];
  return exported('plugin_health', '', 'i32', body);
}

function restore(fn: ExportedFunction): string {
  const call = `plugin.restoreState(${fn.parameters.map((_, i) => `a${i}`).join(', ')});`;
  return exported('plugin_restore_state', INPUT, 'i32', [
    ...decode(fn, 'null', 'abi.status()'),
    call,
    'return abi.status();',
  ]);
}

/**
 * Statements that put the arguments into a0, a1, …; they return `failure` if the input does not fit.
 * @param known expression for the names that members of the input may have
 */
function decode(fn: ExportedFunction, known: string, failure: string): string[] {
  const { parameters } = fn;
  const [first] = parameters;
  if (first === undefined) return [];
  if (!takesMembers(fn)) {
    if (first.type.kind === 'bytes') return ['const a0 = abi.inputBytes(ptr, len);'];
    return ['const a0 = abi.inputJson(ptr, len);', `if (abi.failed()) return ${failure};`];
  }
  return [
    `if (!abi.openArguments(ptr, len, ${mayBeBare(fn)})) return ${failure};`,
    ...parameters.map(({ name, type, fallback }, i) => {
      const text = typeText(type);
      return fallback === undefined
        ? `const a${i} = abi.argument<${text}>(${JSON.stringify(name)});`
        : `const a${i} = abi.argumentOr<${text}>(${JSON.stringify(name)}, ${fallback});`;
    }),
    `if (!abi.closeArguments(${known})) return ${failure};`,
  ];
}
