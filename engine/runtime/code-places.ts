/** Where in a plugin something happened: from offsets in the metered module to those in its file, and to its sources. */
import type { OffsetMap } from '../meter/index.ts';
import { type LineMap, readLineMap, type SourcePlace } from './source-map.ts';

export interface CodePlace {
  /** Of the instruction, in the plugin's file. */
  readonly offset: number;
  /** Where there is a source map. */
  readonly source?: SourcePlace;
}

export class CodePlaces {
  readonly #makeOffsets: () => OffsetMap;
  readonly #path: string | undefined;
  #offsets: OffsetMap | undefined;
  /** Undefined until somebody asks. */
  #lines: { readonly map: LineMap | undefined } | undefined;

  /**
   * Nothing is read or worked out before the first question.
   * @param path of the plugin's file, if it came from one: its source map lies beside it
   */
  constructor(makeOffsets: () => OffsetMap, path: string | undefined) {
    this.#makeOffsets = makeOffsets;
    this.#path = path;
  }

  /** The place of an instruction of the metered module; undefined for code that metering added. */
  ofMetered(offset: number): CodePlace | undefined {
    this.#offsets ??= this.#makeOffsets();
    const original = this.#offsets.originalOf(offset);
    return original === undefined ? undefined : this.#withSource(original);
  }

  /** The source of an instruction of the plugin's file. */
  sourceOf(offset: number): SourcePlace | undefined {
    return this.#lineMap?.placeOf(offset);
  }

  /** Where in the sources a function begins. @param code of the function, offsets in the plugin's file */
  sourceOfFunction(code: { readonly start: number; readonly end: number }): SourcePlace | undefined {
    return this.#lineMap?.placeOfFunction(code);
  }

  #withSource(offset: number): CodePlace {
    const source = this.sourceOf(offset);
    return source === undefined ? { offset } : { offset, source };
  }

  get #lineMap(): LineMap | undefined {
    this.#lines ??= { map: this.#path === undefined ? undefined : readLineMap(this.#path) };
    return this.#lines.map;
  }
}
