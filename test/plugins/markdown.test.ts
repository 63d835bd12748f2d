/** The Markdown renderer, a plugin in C. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine, type Engine, type Plugin } from '../../engine/index.ts';
import { pluginFile } from '../../plugins/build-native.ts';
import { failure } from '../support/errors.ts';

let engine: Engine;
let plugin: Plugin;
beforeAll(async () => {
  engine = await createEngine({ executor: 'inline' });
  plugin = await engine.load(readFileSync(pluginFile('markdown', 'markdown.wasm')));
});
afterAll(() => engine.close());

const RENDERED: readonly (readonly [title: string, markdown: string, html: string])[] = [
  ['nothing', '', ''],
  ['a paragraph of two lines', 'one\ntwo\n\nthree', '<p>one\ntwo</p>\n<p>three</p>\n'],
  ['headings', '# One\n###### Six ##\n####### none', '<h1>One</h1>\n<h6>Six</h6>\n<p>####### none</p>\n'],
  [
    'emphasis',
    '*a* **b** _c_ __d__ ~~e~~',
    '<p><em>a</em> <strong>b</strong> <em>c</em> <strong>d</strong> <del>e</del></p>\n',
  ],
  ['emphasis inside of emphasis', '*a **b** c*', '<p><em>a <strong>b</strong> c</em></p>\n'],
  ['marks that are none', '2 * 3 * 4, snake_case_name, **', '<p>2 * 3 * 4, snake_case_name, **</p>\n'],
  ['escapes', '\\*not\\* \\a', '<p>*not* \\a</p>\n'],
  ['code', '`a < b` ``c ` d``', '<p><code>a &lt; b</code> <code>c ` d</code></p>\n'],
  [
    'a fence',
    '```js\nif (a < b) *c*\n```\nafter',
    '<pre><code class="language-js">if (a &lt; b) *c*\n</code></pre>\n<p>after</p>\n',
  ],
  ['a fence that is never closed', '```\na', '<pre><code>a\n</code></pre>\n'],
  [
    'links and images',
    '[a *b*](/c) ![d](https://e.example/f.png)',
    '<p><a href="/c">a <em>b</em></a> <img src="https://e.example/f.png" alt="d"></p>\n',
  ],
  [
    'lists',
    '- a\n- b\n  1. c\n  2. d\n- e',
    '<ul>\n<li>a</li>\n<li>b\n<ol>\n<li>c</li>\n<li>d</li>\n</ol>\n</li>\n<li>e</li>\n</ul>\n',
  ],
  ['a quote', '> a\n> b\n\nc', '<blockquote>\n<p>a\nb</p>\n</blockquote>\n<p>c</p>\n'],
  ['a rule', '---\n* * *', '<hr>\n<hr>\n'],
  ['raw HTML', '<script>alert("&")</script>', '<p>&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;</p>\n'],
];

test.each(RENDERED)('%s', async (_, markdown, html) => {
  // No output is undefined, an empty text is not.
  expect((await plugin.call('render', markdown)) ?? '').toBe(html);
});

describe('what is not safe', () => {
  test.each(['javascript:alert(1)', 'JavaScript:x', 'data:text/html,x', ' vbscript:x', 'java\tscript:x'])(
    'a link to %j stays text',
    async (url) => {
      expect(await plugin.call('render', `[a](${url})`)).not.toContain('<a ');
    },
  );

  test('quotes do not lead out of attributes', async () => {
    const html = await plugin.call('render', '[a](/x"onclick="y) ![b"c](/d)');
    expect(html).not.toMatch(/"onclick|"c/);
  });

  test('nesting has an end', async () => {
    const html = await plugin.call<string>('render', '> '.repeat(5_000));
    expect(html.match(/<blockquote>/g)?.length).toBeLessThan(100);
    await plugin.call('render', '*['.repeat(500));
  });
});

test('headings in order, without those in code', async () => {
  expect(await plugin.call('outline', '# A "q"\n```\n# no\n```\n## B')).toEqual([
    { level: 1, text: 'A "q"' },
    { level: 2, text: 'B' },
  ]);
});

test('a text over a mebibyte has its own error', async () => {
  const wide = await engine.load(readFileSync(pluginFile('markdown', 'markdown.wasm')), {
    id: 'wide',
    limits: { inputBytes: '4MiB' },
  });
  const error = await failure(() => wide.call('render', 'x'.repeat(1_048_577)), 'GUEST_ERROR');
  expect(error.details).toMatchObject({ code: 'TOO_LONG', details: { most: 1_048_576 } });
});

test('headings may begin lower', async () => {
  const lower = await engine.load(readFileSync(pluginFile('markdown', 'markdown.wasm')), {
    id: 'lower',
    config: { headingOffset: 2 },
  });
  expect(await lower.call('render', '# a')).toBe('<h3>a</h3>\n');
});
