/** Fills in templates. Written in JavaScript, and built with `ringfence build plugins/template`. */
import { parse } from './parse.js';
import { escaperOf, render as renderNodes } from './render.js';

/** Parsed templates that are kept: the least recently used goes first. */
const KEPT = 100;

const parsed = new Map();
const counts = { rendered: 0, parsed: 0 };
let partials = {};
let escapeText = escaperOf('html');

export function onInit(config) {
  partials = config.partials ?? {};
  escapeText = escaperOf(config.escape);
  for (const [name, text] of Object.entries(partials)) {
    try {
      parse(text);
    } catch (error) {
      throw new ringfence.PluginError('TEMPLATE', `partial ${JSON.stringify(name)}: ${error.message}`, error.details);
    }
  }
  ringfence.log.debug(`${Object.keys(partials).length} partials`);
}

export function render({ template, data = {} }) {
  counts.rendered++;
  return renderNodes(nodesOf(template), data, { escape: escapeText, partial });
}

export function repeat({ template, items, separator = '' }) {
  const nodes = nodesOf(template);
  counts.rendered += items.length;
  return items.map((item) => renderNodes(nodes, item, { escape: escapeText, partial })).join(separator);
}

export function check({ template }) {
  const names = new Set();
  const included = new Set();
  const visit = (nodes) => {
    for (const node of nodes) {
      if (typeof node === 'string') continue;
      (node.kind === 'partial' ? included : names).add(node.name);
      visit(node.body ?? []);
      visit(node.otherwise ?? []);
    }
  };
  visit(nodesOf(template));
  return { names: [...names].sort(), partials: [...included].sort() };
}

export function statistics() {
  return { ...counts };
}

export function saveState() {
  return counts;
}

export function restoreState(state) {
  Object.assign(counts, state);
}

function partial(name) {
  if (!Object.hasOwn(partials, name))
    throw new ringfence.PluginError('TEMPLATE', `there is no partial ${JSON.stringify(name)}`);
  return nodesOf(partials[name]);
}

function nodesOf(template) {
  const known = parsed.get(template);
  if (known !== undefined) {
    parsed.delete(template);
    parsed.set(template, known);
    return known;
  }
  const nodes = parse(template);
  counts.parsed++;
  parsed.set(template, nodes);
  if (parsed.size > KEPT) parsed.delete(parsed.keys().next().value);
  return nodes;
}
