/** Columns of text, aligned. */

export interface Column {
  readonly title?: string | undefined;
  /** @default 'left' */
  readonly align?: 'left' | 'right' | undefined;
}

/**
 * The lines of a table, without white space at their ends. Cells are one line each; what they measure on a screen is
 * counted, so colours and wide characters do not disturb.
 */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[], gap = '  '): string[] {
  const titles = columns.map(({ title }) => title ?? '');
  const all = titles.some((title) => title !== '') ? [titles, ...rows] : rows;
  const widths = columns.map((_, i) => Math.max(0, ...all.map((cells) => displayWidth(cells[i] ?? ''))));
  return all.map((cells) =>
    columns
      .map(({ align }, i) => {
        const cell = cells[i] ?? '';
        const pad = ' '.repeat((widths[i] ?? 0) - displayWidth(cell));
        return align === 'right' ? pad + cell : cell + pad;
      })
      .join(gap)
      .trimEnd(),
  );
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what colours begin with
const COLOUR = /\u001b\[[\d;]*m/g;
/** East Asian wide characters and pictures take two columns. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u;
const ZERO = /^\p{Mark}/u;
const segments = new Intl.Segmenter('en', { granularity: 'grapheme' });

function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of segments.segment(text.replace(COLOUR, ''))) {
    width += WIDE.test(segment) ? 2 : ZERO.test(segment) ? 0 : 1;
  }
  return width;
}
