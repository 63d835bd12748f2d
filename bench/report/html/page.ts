/** A report as one HTML page that loads nothing. */
import { LEAD } from '../lead.ts';
import type { Answer, Block, Cell, Report, Section, Table } from '../model.ts';
import { chartHtml } from './charts.ts';
import { escapeHtml, idOf, richText } from './escape.ts';
import { STYLE } from './style.ts';

export function htmlOf(report: Report): string {
  const { answers, sections, gaps } = report;
  const list = sections.map(({ suite, title }) => `<li><a href="#${idOf(suite)}">${escapeHtml(title)}</a></li>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Ringfence: what sandboxes cost, and what they stop</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>What sandboxes cost, and what they stop</h1>
${LEAD.map((text) => `<p>${richText(text)}</p>`).join('\n')}
${aboutRun(report)}
</header>
<main>
${answers.map((answer) => answerHtml(answer, report.command)).join('\n')}
<nav aria-label="Suites"><h2>All measurements</h2><ul>${list.join('')}</ul></nav>
${gaps.map(([suite, reason]) => `<p class="gap">Not measured: <strong>${escapeHtml(suite)}</strong>. ${escapeHtml(reason)}</p>`).join('\n')}
${sections.map(sectionHtml).join('\n')}
</main>
</body>
</html>
`;
}

function aboutRun({ machine, isQuick, command }: Report): string {
  const quick = isQuick
    ? '<p class="warning">A short run (<code>--quick</code>): a look, not a measurement. Differences below a third may be noise.</p>'
    : '';
  if (machine === undefined) return quick;
  const rows = [
    ['Machine', `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.platform}`],
    ['Versions', `Node.js ${machine.node}, V8 ${machine.v8}`],
    ['Flags', 'none, but where a section says so'],
    ['Date', machine.date],
    ['Command', command],
  ];
  return `<dl class="meta">${rows.map(([term, text]) => `<dt>${term}</dt><dd>${escapeHtml(text ?? '')}</dd>`).join('')}</dl>${quick}`;
}

function answerHtml({ question, summary, facts, blocks }: Answer, command: string): string {
  const items = facts.map(
    ({ figure, text, suite }) =>
      `<li><strong>${escapeHtml(figure)}</strong><span>${richText(text)}</span><a href="#${idOf(suite)}">how: ${escapeHtml(suite)}</a></li>`,
  );
  const list = items.length === 0 ? '' : `<ul class="facts">${items.join('')}</ul>`;
  return `<div class="answer"><h2>${escapeHtml(question)}</h2>${summary.map((text) => `<p>${richText(text)}</p>`).join('')}${list}${blocks.map((block) => blockHtml(block, command)).join('\n')}</div>`;
}

function sectionHtml({ suite, title, what, baseline, read, command, blocks }: Section): string {
  const about = [
    ['What', richText(what)],
    ['Against', richText(baseline)],
    ['How to read it', richText(read)],
    ['Command', `<span class="command"><code>${escapeHtml(command)}</code></span>`],
  ].filter(([, text]) => text !== '');
  return `<section id="${idOf(suite)}"><h2>${escapeHtml(title)}</h2>
<dl class="about">${about.map(([term, text]) => `<dt>${term}</dt><dd>${text}</dd>`).join('')}</dl>
${blocks.map((block) => blockHtml(block, command)).join('\n')}
</section>`;
}

function blockHtml(block: Block, command: string): string {
  switch (block.kind) {
    case 'text':
      return `<p>${richText(block.text)}</p>`;
    case 'warning':
      return `<p class="warning"><strong>Noise.</strong> ${richText(block.text)}</p>`;
    case 'terms':
      return `<dl class="terms">${block.items.map(([term, text]) => `<dt>${escapeHtml(term)}</dt><dd>${richText(text)}</dd>`).join('')}</dl>`;
    case 'table':
      return tableHtml(block);
    default:
      return chartHtml(block, command);
  }
}

function tableHtml({ title, columns, rows, isMatrix = false, isList = false }: Table): string {
  const head = columns.map(
    ({ text, isNumber }) => `<th scope="col"${isNumber ? ' class="n"' : ''}><span>${escapeHtml(text)}</span></th>`,
  );
  const body = rows.map(
    (row) =>
      `<tr>${row.map((cell, i) => (isMatrix ? signHtml : cellHtml)(cell, i, columns[i]?.isNumber === true)).join('')}</tr>`,
  );
  const kind = isMatrix ? ' class="matrix"' : isList ? ' class="list"' : '';
  // What scrolls has to be reached by the keyboard, too.
  return `<div class="scroll${isMatrix ? ' wide' : ''}" tabindex="0" role="region" aria-label="${escapeHtml(title)}"><table${kind}><caption>${escapeHtml(title)}</caption><thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

/** The sign above its word, so that many columns fit. */
function signHtml(cell: Cell | string, column: number): string {
  const { text, tone, title }: Cell = typeof cell === 'string' ? { text: cell } : cell;
  if (column === 0) return cellHtml(text, column, false);
  const [sign = '', word = ''] = text.split(' ');
  return `<td class="${tone ?? ''}"${title === undefined ? '' : ` title="${escapeHtml(title)}"`}>${escapeHtml(sign)}<span>${escapeHtml(word)}</span></td>`;
}

/** Characters that are not broken into lines, and from which on a text may break anywhere: it may be an address. */
const SHORT = 14;
const LONG = 60;

function cellHtml(cell: Cell | string, column: number, isNumber: boolean): string {
  const { text, tone, title }: Cell = typeof cell === 'string' ? { text: cell } : cell;
  if (column === 0) return `<th scope="row">${richText(text)}</th>`;
  const length = text.length <= SHORT ? 'k' : text.length >= LONG ? 'w' : '';
  const kind = [isNumber ? 'n' : length, tone ?? ''].filter((name) => name !== '').join(' ');
  const attributes = `${kind === '' ? '' : ` class="${kind}"`}${title === undefined ? '' : ` title="${escapeHtml(title)}"`}`;
  return `<td${attributes}>${richText(text)}</td>`;
}
