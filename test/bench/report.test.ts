import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildReport } from '../../bench/report/build.ts';
import { readDocuments } from '../../bench/report/documents.ts';
import { linearScale, logScale, tickText } from '../../bench/report/html/scale.ts';
import { writeReport } from '../../bench/report/write.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringfence-report-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const machine = {
  cpu: 'a <b>',
  cores: 2,
  memoryGiB: 8,
  platform: 'linux-x64',
  node: '26',
  v8: '14',
  date: '2026-01-01',
};
const put = (name: string, document: unknown): void => writeFileSync(join(folder, name), JSON.stringify(document));
const row = (subject: string, ratio: number) => ({
  subject,
  size: '1 KB',
  baseline: 'bridge',
  ratio,
  ratios: [ratio - 0.01, ratio, ratio + 0.01],
  spread: 0.01,
  bestRatio: ratio,
  us: 2 * ratio,
  baselineUs: 2,
});
const CALL = { suite: 'call', machine, processes: 3, rows: [row('inline-sync', 1.3), row('control', 1.002)] };
const ISOLATION = {
  suite: 'isolation',
  machine,
  hostMemoryBytes: 2 ** 30,
  limits: {},
  calls: 10,
  peers: [
    { name: 'ringfence worker', fairness: 'ours' },
    { name: 'a | <script>', fairness: '<i>' },
  ],
  rows: [
    { peer: 'ringfence worker', case: 'trap', outcome: 'clean', detail: '' },
    { peer: 'a | <script>', case: 'trap', outcome: 'hangs', detail: 'it said "<b>"' },
  ],
};

function pages(): { html: string; markdown: string } {
  const [html = '', markdown = ''] = writeReport(folder, folder).map((path) => readFileSync(path, 'utf8'));
  return { html, markdown };
}

describe('the report', () => {
  test('answers the three questions, and says of every figure which command makes it', () => {
    put('call.json', CALL);
    put('isolation.json', ISOLATION);
    const { html, markdown } = pages();
    for (const text of ['What do I pay?', 'What do I get?', 'What would I use instead?', 'npm run bench:call']) {
      expect(html).toContain(text);
      expect(markdown).toContain(text);
    }
    expect(html).toContain('1.30×');
    expect(html).toContain('■ HANGS');
    expect(html).toContain('1 of 1');
  });

  test('is one page that loads nothing and can be read without its colours', () => {
    put('isolation.json', ISOLATION);
    put('call.json', CALL);
    const { html } = pages();
    expect(html).not.toMatch(/(?:src|href)="(?!#)|url\(|@import|<script/);
    expect(html).toContain("default-src 'none'");
    expect(html).toContain('prefers-color-scheme: dark');
    expect(html).toContain('@media print');
    for (const chart of html.matchAll(/<figure class="chart">[\s\S]*?<\/figure>/g)) {
      expect(chart[0]).toContain('<figcaption>');
      expect(chart[0]).toMatch(/<svg role="img" aria-label="[^"]+"/);
    }
  });

  test('escapes what suites and machines say', () => {
    put('isolation.json', ISOLATION);
    const { html, markdown } = pages();
    expect(html).toContain('a | &lt;script&gt;');
    expect(html).not.toContain('<script>');
    expect(html).not.toContain('<i>');
    expect(markdown).toContain('a \\| &lt;script>');
  });

  test('says what is missing: a suite that failed, one that was not run, and a file that is no document', () => {
    put('call.json', CALL);
    writeFileSync(join(folder, 'host.json'), '{"suite": "ho');
    put('loop.json', { suite: 'loop', machine });
    put('run.json', {
      machine,
      suites: [
        { suite: 'call', command: '', isQuick: true, seconds: 1 },
        { suite: 'fuel', command: '', isQuick: true, seconds: 1, problem: 'it ended with 1' },
      ],
    });
    const { gaps, isQuick, sections } = buildReport(readDocuments(folder));
    const reasons = new Map(gaps);
    expect(reasons.get('fuel')).toBe('it ended with 1.');
    expect(reasons.get('host.json')).toMatch(/JSON/);
    expect(reasons.get('loop')).toMatch(/cannot be read/);
    expect(reasons.get('density')).toMatch(/not run: npm run bench:density/);
    expect(isQuick).toBe(true);
    expect(sections.map(({ command }) => command)).toEqual(['npm run bench:call -- --quick']);
    expect(pages().html).toContain('Not measured: <strong>fuel</strong>');
  });

  test('is whole without any document', () => {
    const { html } = pages();
    expect(html).toContain('did not run');
    expect(html.trimEnd().endsWith('</html>')).toBe(true);
  });

  test('warns where the control is as far from 1 as a row, and names the row', () => {
    put('call.json', { ...CALL, rows: [row('inline-sync', 1.3), row('inline', 1.04), row('control', 1.05)] });
    const [section] = buildReport(readDocuments(folder)).sections;
    const warnings = section?.blocks.filter(({ kind }) => kind === 'warning').map((block) => JSON.stringify(block));
    expect(warnings).toHaveLength(1);
    expect(warnings?.[0]).toContain('5.0 % off 1');
    expect(warnings?.[0]).toContain('Ringfence inline at 1 KB');
    expect(warnings?.[0]).not.toContain('callBytesSync');
  });

  test('shows a suite that it does not know as tables', () => {
    put('new.json', { suite: 'new', machine, rows: [{ subject: 'x', us: 1.2345, deep: { a: 1 } }] });
    const { html } = pages();
    expect(html).toContain('npm run bench:new');
    expect(html).toContain('>1.23<');
  });
});

describe('scales', () => {
  test('begin at 0 or at a power of ten, and hold every value', () => {
    const linear = linearScale([1, 7.3]);
    expect(linear.at(0)).toBe(0);
    expect(linear.at(7.3)).toBeLessThan(100);
    expect(linear.ticks[0]).toBe(0);
    expect(linear.ticks.length).toBeGreaterThan(2);
    const log = logScale([0.9, 40]);
    expect(log.at(0.9)).toBeGreaterThan(0);
    expect(log.at(40)).toBeLessThan(100);
    expect(log.at(1) - log.at(0.1)).toBeCloseTo(log.at(10) - log.at(1));
    for (const scale of [linearScale([]), logScale([]), logScale([0, -1, Number.NaN]), linearScale([0])]) {
      expect(scale.at(1)).toBeGreaterThanOrEqual(0);
      expect(scale.ticks.length).toBeGreaterThan(0);
      expect(scale.ticks.length).toBeLessThan(12);
    }
  });

  test('write their ticks short', () => {
    expect([0, 0.001, 2.5, 1_000, 10_000, 2_500_000, 1e9].map(tickText)).toEqual([
      '0',
      '0.001',
      '2.5',
      '1000',
      '10k',
      '2.5M',
      '1G',
    ]);
  });
});
