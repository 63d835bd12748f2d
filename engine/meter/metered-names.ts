/** The `name` section of a metered module: what the module called its functions, and what the meter calls those it added. */
import { moduleNames } from '../wasm/custom-sections.ts';
import type { Module } from '../wasm/module.ts';
import { SECTION } from '../wasm/sections/layout.ts';
import { Writer } from '../wasm/writer.ts';

const NAMES_OF_FUNCTIONS = 1;

export interface AddedName {
  readonly index: number;
  readonly name: string;
}

/**
 * Writes the section; it belongs at the end of the module.
 * @param functionIndex index in the metered module by the original one
 * @param added those of the meter
 */
export function writeNames(
  out: Writer,
  module: Module,
  functionIndex: (funcIndex: number) => number,
  added: readonly AddedName[],
): void {
  const known = new Map<number, string>();
  for (const { kind, name, index } of module.exports) if (kind === 'func') known.set(index, name);
  for (const [index, name] of moduleNames(module).functions) known.set(index, name);
  const functions = module.imported.func + module.functions.length;
  const rows = [...known]
    .filter(([index]) => index < functions)
    .map(([index, name]): AddedName => ({ index: functionIndex(index), name }));
  const names = new Writer();
  const all = [...rows, ...added].sort((a, b) => a.index - b.index);
  names.u32(all.length);
  for (const { index, name } of all) names.u32(index).name(name);
  const section = new Writer().name('name').u8(NAMES_OF_FUNCTIONS).u32(names.size).bytes(names.view());
  out.section(SECTION.custom, section.view());
}
