/**
 * Charts as SVG without a view box: places along the width are per cents, so text keeps its size on every screen and on paper.
 * Series differ by pattern or shape as well as by colour; the table beside a chart has the same values.
 */
import type { Bar, BarChart, Chart, Line, LineChart, StackChart } from '../model.ts';
import { escapeHtml } from './escape.ts';
import { linearScale, logScale, type Scale, tickText } from './scale.ts';

const ROW = 40;
const HEADING = 22;
const BAR = 13;
const TOP = 6;
const AXIS = 20;
const PLOT = 240;

/** @param command makes what is drawn */
export function chartHtml(chart: Chart, command: string): string {
  const body = chart.kind === 'bars' ? bars(chart) : chart.kind === 'stacks' ? stacks(chart) : lines(chart);
  const axes = chart.kind === 'lines' ? [`Up: ${chart.y.label}`, `across: ${chart.x.label}`] : [chart.axis];
  const said = [axes.join('; '), chart.better].map(sentence).join(' ');
  return `<figure class="chart"><figcaption>${escapeHtml(chart.title)}</figcaption>${body}<p class="key">${escapeHtml(said)} <code>${escapeHtml(command)}</code></p></figure>`;
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
const percent = (value: number): string => `${value.toFixed(2)}%`;

const svg = (title: string, height: number, body: string): string =>
  `<svg role="img" aria-label="${escapeHtml(title)}" width="100%" height="${height}">${body}</svg>`;

/** Ticks at the ends would stick out. */
const anchorAt = (place: number): string => (place < 4 ? 'start' : place > 92 ? 'end' : 'middle');

const legend = (names: readonly string[], swatch: (i: number) => string): string =>
  `<ul class="legend">${names.map((name, i) => `<li>${swatch(i)}${escapeHtml(name)}</li>`).join('')}</ul>`;

const box = (kind: string): string =>
  `<svg width="14" height="14" aria-hidden="true"><rect width="14" height="14" class="${kind}"/></svg>`;

function xAxis(scale: Scale, height: number): string {
  const marks = scale.ticks.map((tick) => {
    const place = scale.at(tick);
    return (
      `<line class="grid" x1="${percent(place)}" x2="${percent(place)}" y1="${TOP}" y2="${height - AXIS}"/>` +
      `<text class="tick" x="${percent(place)}" y="${height - AXIS + 14}" text-anchor="${anchorAt(place)}">${tickText(tick)}</text>`
    );
  });
  return marks.join('');
}

function bars({ title, scale: kind, reference, series = [], bars: rows }: BarChart): string {
  const values = rows.flatMap(({ value, low, high }) => [value, low ?? value, high ?? value]);
  const all = reference === undefined ? values : [...values, reference.value];
  const scale = kind === 'log' ? logScale(all) : linearScale(all);
  // The length of a logarithmic bar from anywhere else would mean nothing.
  const from = kind === 'log' && reference !== undefined ? scale.at(reference.value) : 0;
  let y = TOP;
  const body = rows.map((row, i) => {
    const isFirst = row.group !== undefined && row.group !== rows[i - 1]?.group;
    const heading = isFirst ? `<text class="group" x="0" y="${y + 15}">${escapeHtml(row.group ?? '')}</text>` : '';
    if (isFirst) y += HEADING;
    y += ROW;
    return heading + bar(row, scale, from, y - ROW);
  });
  const height = y + AXIS;
  const mark = reference === undefined ? '' : referenceLine(scale.at(reference.value), height);
  const notes = [
    ...(series.length > 1 ? [legend(series, (i) => box(`bar s${i}`))] : []),
    ...(reference === undefined ? [] : [`<p class="key"><span class="dash"></span>${escapeHtml(reference.label)}</p>`]),
  ];
  return `${notes.join('')}${svg(title, height, xAxis(scale, height) + mark + body.join(''))}`;
}

const referenceLine = (place: number, height: number): string =>
  `<line class="reference" x1="${percent(place)}" x2="${percent(place)}" y1="${TOP}" y2="${height - AXIS}"/>`;

/** @param from where it begins, per cent */
function bar({ label, value, low, high, text, series = 0 }: Bar, scale: Scale, from: number, y: number): string {
  const top = y + 18;
  const middle = top + BAR / 2;
  const to = scale.at(value);
  const whisker =
    low === undefined || high === undefined || low === high
      ? ''
      : `<line class="whisker" x1="${percent(scale.at(low))}" x2="${percent(scale.at(high))}" y1="${middle}" y2="${middle}"/>` +
        [low, high]
          .map((end) => percent(scale.at(end)))
          .map((x) => `<line class="whisker" x1="${x}" x2="${x}" y1="${middle - 4}" y2="${middle + 4}"/>`)
          .join('');
  return (
    `<text class="label" x="0" y="${y + 13}">${escapeHtml(label)}</text>` +
    `<text class="value" x="100%" y="${y + 13}" text-anchor="end">${escapeHtml(text)}</text>` +
    `<rect class="bar s${series}" x="${percent(Math.min(from, to))}" y="${top}" width="${percent(Math.max(0.3, Math.abs(to - from)))}" height="${BAR}"/>${whisker}`
  );
}

function stacks({ title, parts, stacks: rows }: StackChart): string {
  const height = TOP + rows.length * ROW;
  const most = Math.max(1, ...rows.map(({ values }) => values.reduce((sum, value) => sum + value, 0)));
  const body = rows.map(({ label, values, text }, i) => {
    const y = TOP + i * ROW;
    let left = 0;
    const pieces = values.map((value, part) => {
      const x = (left / most) * 100;
      left += value;
      if (value === 0) return '';
      const width = (value / most) * 100;
      return (
        `<rect class="part ${parts[part]?.tone}" x="${percent(x)}" y="${y + 18}" width="${percent(width)}" height="${BAR + 3}"/>` +
        `<text class="count ${parts[part]?.tone}" x="${percent(x + width / 2)}" y="${y + 30}" text-anchor="middle">${value}</text>`
      );
    });
    return (
      `<text class="label" x="0" y="${y + 13}">${escapeHtml(label)}</text>` +
      `<text class="value" x="100%" y="${y + 13}" text-anchor="end">${escapeHtml(text)}</text>${pieces.join('')}`
    );
  });
  const keys = legend(
    parts.map(({ name }) => name),
    (i) => box(`part ${parts[i]?.tone}`),
  );
  return keys + svg(title, height, body.join(''));
}

const SHAPES = ['circle', 'square', 'diamond', 'triangle', 'cross', 'ring'] as const;

/** A mark of the shape of a series, which CSS moves to its place. */
function shape(series: number, x: string, y: number): string {
  const [type, kind] = [SHAPES[series % SHAPES.length], `s${series % SHAPES.length}`];
  const put = (body: string): string => `<svg x="${x}" y="${y}" overflow="visible" class="mark ${kind}">${body}</svg>`;
  if (type === 'square') return put('<rect x="-4" y="-4" width="8" height="8"/>');
  if (type === 'diamond') return put('<path d="M0-5 5 0 0 5-5 0z"/>');
  if (type === 'triangle') return put('<path d="M0-5 5 4H-5z"/>');
  if (type === 'cross') return put('<path class="open" d="M-4-4 4 4M-4 4 4-4"/>');
  if (type === 'ring') return put('<circle class="open" r="4"/>');
  return put('<circle r="4.5"/>');
}

function lines({ title, x, y, lines: series }: LineChart): string {
  const points = series.flatMap((line) => line.points);
  const scaleOf = (kind: 'linear' | 'log', values: readonly number[]): Scale =>
    kind === 'log' ? logScale(values) : linearScale(values);
  const across = scaleOf(
    x.scale,
    points.map((point) => point.x),
  );
  const up = scaleOf(
    y.scale,
    points.map((point) => point.y),
  );
  const top = TOP + 10;
  const height = top + PLOT + AXIS;
  const placeY = (value: number): number => top + PLOT - (up.at(value) / 100) * PLOT;
  const rows = up.ticks.map(
    (tick) =>
      `<line class="grid" x1="0" x2="100%" y1="${placeY(tick).toFixed(1)}" y2="${placeY(tick).toFixed(1)}"/>` +
      `<text class="tick" x="2" y="${(placeY(tick) - 3).toFixed(1)}">${tickText(tick)}</text>`,
  );
  const path = (line: Line): string =>
    line.points.map((point) => `${across.at(point.x).toFixed(2)},${(100 - up.at(point.y)).toFixed(2)}`).join(' ');
  const drawn = series.map(
    (line, i) =>
      `<polyline class="line s${i % SHAPES.length}" vector-effect="non-scaling-stroke" points="${path(line)}"/>`,
  );
  const plot = `<svg x="0" y="${top}" width="100%" height="${PLOT}" viewBox="0 0 100 100" preserveAspectRatio="none" overflow="visible">${drawn.join('')}</svg>`;
  const marks = series.flatMap((line, i) =>
    line.points.map((point) => shape(i, percent(across.at(point.x)), Number(placeY(point.y).toFixed(1)))),
  );
  const keys = legend(
    series.map(({ name }) => name),
    (i) => `<svg width="14" height="14" aria-hidden="true">${shape(i, '7', 7)}</svg>`,
  );
  return keys + svg(title, height, rows.join('') + xAxis(across, height) + plot + marks.join(''));
}
