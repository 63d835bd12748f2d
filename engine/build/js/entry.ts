/** The main file of a component that is made of a JavaScript plugin: the world's exports over the functions that the plugin exports. */
import { API_VERSION } from '../../abi/exports.ts';
import { HOOKS } from '../hooks.ts';
import type { Draft } from '../plugin-manifest.ts';

/** Where the prelude lies, from the directory of the plugin. */
export const PRELUDE_FILE = '__ringfence__/prelude.js';

/**
 * @param main of the plugin, from its directory
 * @param draft what `get-info` answers with, besides the names of functions
 */
export function entrySource(main: string, { name, version, description, author, permissions }: Draft): string {
  const info = {
    name,
    version,
    description,
    author,
    apiVersion: API_VERSION,
    capabilities: typeof permissions === 'object' && permissions !== null ? Object.keys(permissions) : [],
  };
  return `import ${JSON.stringify(`./${PRELUDE_FILE}`)};
import * as plugin from ${JSON.stringify(`./${main}`)};

const hooks = ${JSON.stringify(Object.keys(HOOKS))};
const functions = new Map(
  Object.entries(plugin).filter(([name, value]) => typeof value === 'function' && name !== 'default' && !hooks.includes(name)),
);
const asText = (value) => (value === undefined ? '' : JSON.stringify(value));
const asValue = (text) => (text === '' ? undefined : JSON.parse(text));

/** What the host is told of an error: text, which the engine parses. */
function failure(thrown) {
  if (!(thrown instanceof Error)) return JSON.stringify({ code: 'ERROR', message: String(thrown) });
  const { code, message, name, details } = thrown;
  return JSON.stringify({ code: typeof code === 'string' ? code : name, message, details });
}
function atOnce(value) {
  if (typeof value?.then !== 'function') return value;
  throw new TypeError('the function is asynchronous: host functions answer at once, so that nothing has to be awaited');
}
function run(work) {
  try {
    return work();
  } catch (thrown) {
    throw failure(thrown);
  }
}

export function getInfo() {
  return JSON.stringify({ ...${JSON.stringify(info)}, functions: [...functions.keys()] });
}
export function call(name, input) {
  return run(() => {
    const fn = functions.get(name);
    if (fn === undefined) throw new ReferenceError('the plugin has no function ' + name);
    return asText(atOnce(fn(asValue(input)))) ?? '';
  });
}
export function initialize(config) {
  run(() => void atOnce(plugin.onInit?.(JSON.parse(config))));
}
export function start() {
  run(() => void atOnce(plugin.onStart?.()));
}
export function stop() {
  run(() => void atOnce(plugin.onStop?.()));
}
export function cleanup() {
  run(() => void atOnce(plugin.onCleanup?.()));
}
export function health() {
  run(() => {
    if (plugin.onHealth?.() === false) throw new Error('the plugin says that it is not healthy');
  });
}
export function onEvent(text) {
  return run(() => {
    const { event, payload } = JSON.parse(text);
    return asText(atOnce(plugin.onEvent?.(event, payload))) ?? '';
  });
}
export function saveState() {
  return run(() => asText(atOnce(plugin.saveState?.())) ?? '');
}
export function restoreState(state) {
  run(() => void (state !== '' && plugin.restoreState?.(JSON.parse(state))));
}
`;
}
