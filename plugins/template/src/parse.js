/**
 * Templates as trees.
 *
 *     Hello {{user.name | upper}},              a value, through a filter
 *     {{#each orders}} {{id}}: {{{note}}} {{/each}}   once for each item; three braces do not escape
 *     {{#if vip}} … {{else}} … {{/if}}          one or the other
 *     {{> footer}}                              another template
 *     {{! not rendered }}
 */
const TAG = /\{\{\{\s*([^{}]+?)\s*\}\}\}|\{\{\s*([#/>!]?)\s*([^{}]*?)\s*\}\}/g;
const NAME = /^(?:\.|@index|[A-Za-z_][\w-]*(?:\.[A-Za-z_0-9][\w-]*)*)$/;

/** @returns a list of nodes: text, or objects with a `kind` */
export function parse(template) {
  const root = [];
  const open = [{ body: root }];
  let from = 0;
  for (const match of template.matchAll(TAG)) {
    const [tag, raw, sign, inside] = match;
    const at = match.index;
    const fail = (message) => {
      throw problem(message, template, at);
    };
    const top = open.at(-1);
    if (at > from) top.body.push(template.slice(from, at));
    from = at + tag.length;
    if (raw !== undefined) top.body.push(value(raw, false, fail));
    else if (sign === '!') continue;
    else if (sign === '>') top.body.push({ kind: 'partial', name: named(inside, fail) });
    else if (sign === '#') {
      const [, word, name] = /^(\S+)\s+(.+)$/.exec(inside) ?? fail('expected {{#each name}} or {{#if name}}');
      if (word !== 'each' && word !== 'if') fail(`there is no {{#${word}}}: expected each or if`);
      const node = { kind: word, name: named(name, fail), body: [], otherwise: [] };
      top.body.push(node);
      open.push({ word, node, body: node.body, at });
    } else if (sign === '/') {
      if (open.length === 1 || top.word !== inside) fail(`{{/${inside}}} closes nothing that is open`);
      open.pop();
    } else if (inside === 'else') {
      if (open.length === 1 || top.body === top.node.otherwise) fail('{{else}} stands outside of each and if');
      top.body = top.node.otherwise;
    } else top.body.push(value(inside, true, fail));
  }
  if (open.length > 1) throw problem(`{{#${open.at(-1).word}}} is not closed`, template, open.at(-1).at);
  if (from < template.length) root.push(template.slice(from));
  return root;
}

function value(text, escaped, fail) {
  const [name, ...filters] = text.split('|').map((part) => part.trim());
  return { kind: 'value', name: named(name, fail), filters, escaped };
}

function named(name, fail) {
  if (!NAME.test(name)) fail(`${JSON.stringify(name)} is not a name`);
  return name;
}

function problem(message, template, at) {
  const before = template.slice(0, at).split('\n');
  const [line, column] = [before.length, before.at(-1).length + 1];
  return new ringfence.PluginError('TEMPLATE', `line ${line}, column ${column}: ${message}`, { line, column });
}
