/**
 * The source map beside a plugin: offsets in its code to lines of its sources. Such a file is as strange as the plugin itself:
 * what it says is data, and what makes no sense is as good as no map.
 */
import { readFileSync, statSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { oneLine } from '../abi/one-line.ts';

export interface SourcePlace {
  /** As the map names it: relative to the plugin's directory, or `~lib/…` for what the compiler brings. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** Whole files are inside. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;
/** A map of this many characters takes Node.js about a fifth of a second and 30 MB. A plugin of 70 KB has 65,000. */
const MAX_MAPPINGS = 1_000_000;
const MAX_FILE_NAME = 200;
/** In front of the first instruction of a function that has a line. */
const MAX_PROLOGUE_BYTES = 1_000;

export class LineMap {
  readonly #map: SourceMap;

  constructor(map: SourceMap) {
    this.#map = map;
  }

  /** The place of the instruction at an offset in the plugin's file; undefined where the map has nothing. */
  placeOf(offset: number): SourcePlace | undefined {
    return toPlace(this.#map.findEntry(0, offset));
  }

  /** The first place near the start of a function. @param code of the function, offsets in the plugin's file */
  placeOfFunction({ start, end }: { readonly start: number; readonly end: number }): SourcePlace | undefined {
    for (let offset = start; offset < Math.min(end, start + MAX_PROLOGUE_BYTES); offset++) {
      const entry = this.#map.findEntry(0, offset);
      // What began before belongs to the function before.
      if (!('generatedColumn' in entry) || entry.generatedColumn < start) continue;
      const place = toPlace(entry);
      if (place !== undefined) return place;
    }
    return undefined;
  }
}

function toPlace(entry: ReturnType<SourceMap['findEntry']>): SourcePlace | undefined {
  if (!('originalSource' in entry) || typeof entry.originalSource !== 'string') return undefined;
  const { originalSource, originalLine, originalColumn } = entry;
  return { file: oneLine(originalSource, MAX_FILE_NAME), line: originalLine + 1, column: originalColumn + 1 };
}

/** The map of a plugin's file, `<path>.map`; undefined if there is none that can be used. */
export function readLineMap(path: string): LineMap | undefined {
  try {
    const file = `${path}.map`;
    const stats = statSync(file);
    if (!stats.isFile() || stats.size > MAX_FILE_BYTES) return undefined;
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isUsable(parsed) ? new LineMap(new SourceMap(parsed)) : undefined;
  } catch {
    // There is none, or it is no map: traps are told without lines.
    return undefined;
  }
}

/** One flat map, as compilers to WebAssembly write them: all code is one line. */
function isUsable(parsed: unknown): parsed is ConstructorParameters<typeof SourceMap>[0] {
  if (typeof parsed !== 'object' || parsed === null) return false;
  const { version, sources, mappings } = parsed as Record<string, unknown>;
  return (
    version === 3 &&
    Array.isArray(sources) &&
    sources.every((source) => typeof source === 'string') &&
    typeof mappings === 'string' &&
    mappings.length <= MAX_MAPPINGS
  );
}
