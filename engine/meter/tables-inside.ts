/** A module whose tables nobody outside of it uses: what `exportTables: false` means. */
import type { ValidModule } from '../validate/index.ts';

/** The module without the exports of its tables. */
export function withTablesInside(valid: ValidModule): ValidModule {
  const { module } = valid;
  return { ...valid, module: { ...module, exports: module.exports.filter(({ kind }) => kind !== 'table') } };
}
