/** What was measured when it was blessed last: <suite>.json beside this file, a line for each subject. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export class Recorded<Row> {
  readonly #path: string;
  #rows: ReadonlyMap<string, Row>;

  constructor(suite: string) {
    this.#path = join(import.meta.dirname, `${suite}.json`);
    const text = existsSync(this.#path) ? readFileSync(this.#path, 'utf8') : '{}';
    this.#rows = new Map(Object.entries(JSON.parse(text) as Record<string, Row>));
  }

  get names(): readonly string[] {
    return [...this.#rows.keys()];
  }

  get(name: string): Row {
    const row = this.#rows.get(name);
    if (row === undefined) throw new Error(`${name} is not recorded in ${this.#path}: npm run bless writes it`);
    return row;
  }

  /** Writes these down where the environment says BLESS=1. */
  bless(rows: ReadonlyMap<string, Row>): void {
    if (process.env.BLESS !== '1') return;
    const lines = [...rows].map(([name, row]) => `  ${JSON.stringify(name)}: ${spaced(row)}`);
    writeFileSync(this.#path, `{\n${lines.join(',\n')}\n}\n`);
    this.#rows = rows;
  }
}

/** On one line, with spaces where the formatter has them. */
function spaced(row: unknown): string {
  return JSON.stringify(row, undefined, 1).replace(/\n\s*/g, ' ');
}
