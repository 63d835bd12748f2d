/** A report as Markdown: the same text and tables; charts are left to the page. */
import { LEAD } from './lead.ts';
import type { Answer, Block, Cell, Report, Section, Table } from './model.ts';

export function markdownOf(report: Report): string {
  const { answers, sections, gaps } = report;
  return `${[
    '# What sandboxes cost, and what they stop',
    ...LEAD.map(plain),
    ...aboutRun(report),
    ...answers.flatMap(answerText),
    ...gaps.map(([suite, reason]) => `> Not measured: **${suite}**. ${plain(reason)}`),
    ...sections.flatMap(sectionText),
  ].join('\n\n')}\n`;
}

/** Of what comes from elsewhere nothing may become HTML or end a cell. */
const plain = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');

function aboutRun({ machine, isQuick, command }: Report): string[] {
  return [
    ...(machine === undefined
      ? []
      : [
          `${plain(machine.cpu)}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.platform}; Node.js ${machine.node}, V8 ${machine.v8}; ` +
            `${machine.date}. Made by \`${command}\`.`,
        ]),
    ...(isQuick ? ['> A short run (`--quick`): a look at everything, not a measurement.'] : []),
  ];
}

const answerText = ({ question, summary, facts, blocks }: Answer): string[] => [
  `## ${question}`,
  ...summary.map(plain),
  ...(facts.length === 0
    ? []
    : [facts.map(({ figure, text, suite }) => `- **${plain(figure)}** ${plain(text)} (${suite})`).join('\n')]),
  ...blocks.flatMap(blockText),
];

const sectionText = ({ title, what, baseline, read, command, blocks }: Section): string[] => [
  `## ${title}`,
  [
    ['What', plain(what)],
    ['Against', plain(baseline)],
    ['How to read it', plain(read)],
    ['Command', `\`${command}\``],
  ]
    .filter(([, text]) => text !== '')
    .map(([term, text]) => `- ${term}: ${text}`)
    .join('\n'),
  ...blocks.flatMap(blockText),
];

function blockText(block: Block): string[] {
  switch (block.kind) {
    case 'text':
      return [plain(block.text)];
    case 'warning':
      return [`> **Noise.** ${plain(block.text)}`];
    case 'terms':
      return [block.items.map(([term, text]) => `- **${plain(term)}**: ${plain(text)}`).join('\n')];
    case 'table':
      return tableText(block);
    default:
      return [];
  }
}

function tableText({ title, columns, rows }: Table): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const textOf = (cell: Cell | string): string => plain(typeof cell === 'string' ? cell : cell.text);
  return [
    `**${plain(title)}**`,
    [
      line(columns.map(({ text }) => plain(text))),
      line(columns.map(({ isNumber }) => (isNumber ? '---:' : '---'))),
      ...rows.map((row) => line(row.map(textOf))),
    ].join('\n'),
  ];
}
