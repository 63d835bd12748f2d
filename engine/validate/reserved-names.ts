/**
 * Names that the engine keeps for what the meter adds to a module. A guest that could use them could reach the fuel
 * counter, or be taken for a module that is metered already.
 */
import { RingfenceError } from '../errors.ts';
import type { Module } from '../wasm/module.ts';
import { hex } from '../wasm/reader.ts';
import { quote } from './quote.ts';

export const RESERVED_PREFIX = '__ringfence_';

/**
 * Refuses imports (module or name) and exports that begin with `prefix`, also without its last underscores: the meter
 * imports from the module `__ringfence`.
 * @throws RESERVED_NAME naming the import or export and its offset
 */
export function checkReservedNames({ imports, exports }: Module, prefix: string = RESERVED_PREFIX): void {
  const stem = prefix.replace(/_+$/, '') || prefix;
  imports.forEach((item, index) => {
    const name = [item.module, item.name].find((part) => part.startsWith(stem));
    if (name !== undefined) {
      throw reserved(`import ${index} (${quote(item.module)} ${quote(item.name)})`, name, stem, item.offset);
    }
  });
  exports.forEach(({ name, offset }, index) => {
    if (name.startsWith(stem)) throw reserved(`export ${index}`, name, stem, offset);
  });
}

function reserved(what: string, name: string, stem: string, offset: number): RingfenceError {
  return new RingfenceError(
    'RESERVED_NAME',
    `${what}: the name ${quote(name)} is reserved, as is everything that begins with ${quote(stem)}. ` +
      `Rename it; if this module was metered before, load the original instead (at offset ${hex(offset)})`,
    { stage: 'validate', details: { name, reserved: stem, offset } },
  );
}
