/** Trees to text. */
const FILTERS = {
  upper: (text) => text.toUpperCase(),
  lower: (text) => text.toLowerCase(),
  trim: (text) => text.trim(),
  length: (_, value) => String(value?.length ?? 0),
  json: (_, value) => JSON.stringify(value) ?? '',
  fixed2: (_, value) => Number(value).toFixed(2),
};
const HTML = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escapers = { html: (text) => text.replace(/[&<>"']/g, (character) => HTML[character]), none: (text) => text };
/** Of partials inside each other. */
const MOST_DEPTH = 50;

/**
 * @param nodes of parse.js
 * @param options { escape, partial: (name) => nodes }
 */
export function render(nodes, data, options) {
  const out = [];
  write(nodes, [{ value: data }], options, out, 0);
  return out.join('');
}

function write(nodes, scopes, options, out, depth) {
  if (depth > MOST_DEPTH) throw new ringfence.PluginError('TEMPLATE', `partials include each other ${depth} deep`);
  for (const node of nodes) {
    if (typeof node === 'string') {
      out.push(node);
      continue;
    }
    if (node.kind === 'partial') {
      write(options.partial(node.name), scopes, options, out, depth + 1);
      continue;
    }
    const value = lookUp(node.name, scopes);
    if (node.kind === 'value') out.push(shown(value, node, options));
    else if (node.kind === 'if') write(isSet(value) ? node.body : node.otherwise, scopes, options, out, depth);
    else {
      const items = Array.isArray(value) ? value : [];
      if (items.length === 0) write(node.otherwise, scopes, options, out, depth);
      for (const [index, item] of items.entries()) {
        write(node.body, [...scopes, { value: item, index }], options, out, depth);
      }
    }
  }
}

const isSet = (value) => (Array.isArray(value) ? value.length > 0 : Boolean(value));

/** The innermost scope that has the first part of the name. Only what the data itself has: never what all objects inherit. */
function lookUp(name, scopes) {
  const inner = scopes.at(-1);
  if (name === '.') return inner.value;
  if (name === '@index') return inner.index;
  const [first, ...rest] = name.split('.');
  const scope = scopes.findLast(({ value }) => has(value, first));
  return rest.reduce((value, part) => (has(value, part) ? value[part] : undefined), scope?.value[first]);
}

const has = (value, name) => typeof value === 'object' && value !== null && Object.hasOwn(value, name);

function shown(value, { filters, escaped }, options) {
  let text =
    value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
  for (const name of filters) {
    if (!Object.hasOwn(FILTERS, name)) {
      throw new ringfence.PluginError('TEMPLATE', `there is no filter ${JSON.stringify(name)}`, {
        filters: Object.keys(FILTERS),
      });
    }
    text = FILTERS[name](text, value);
  }
  return escaped ? options.escape(text) : text;
}

export const escaperOf = (name) => escapers[name] ?? escapers.html;
