/** The test scripts of the spec: what wast2json made of each `.wast`. */
import type { SpecCommand } from '../../support/spec-archive.ts';
import { readSpecArchive } from '../../support/spec-archive.ts';

export type ScalarType = 'i32' | 'i64' | 'f32' | 'f64' | 'funcref' | 'externref';

/** A constant of a script. Numbers are the decimal form of their bits, or a class of NaNs; references are numbers or "null". */
export type Constant =
  | { readonly type: ScalarType; readonly value: string }
  | { readonly type: 'v128'; readonly lane_type: LaneType; readonly value: readonly string[] };
export type LaneType = 'i8' | 'i16' | 'i32' | 'i64' | 'f32' | 'f64';

export type Action = {
  readonly type: 'invoke' | 'get';
  /** Name of the module; the current one if absent. */
  readonly module?: string;
  readonly field: string;
  readonly args?: readonly Constant[];
};

export interface Command extends SpecCommand {
  readonly name?: string;
  readonly as?: string;
  readonly action?: Action;
  readonly expected?: readonly Constant[];
}

export interface Script {
  /** Name of the `.wast`, without its ending. */
  readonly name: string;
  readonly commands: readonly Command[];
  bytesOf(command: Command): Uint8Array<ArrayBuffer>;
}

export function readScripts(): Script[] {
  const files = readSpecArchive();
  return [...files.keys()]
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file): Script => {
      const { commands } = JSON.parse(new TextDecoder().decode(files.get(file))) as { commands: Command[] };
      return {
        name: file.slice(0, -'.json'.length),
        commands,
        bytesOf({ filename = '' }) {
          const bytes = files.get(filename);
          if (bytes === undefined) throw new Error(`${file} names ${filename}, which is not in the archive`);
          return bytes;
        },
      };
    });
}
