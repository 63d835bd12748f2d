/** The limits that become part of the module itself, where V8 enforces them: memory and tables. */
import { RingfenceError } from '../errors.ts';
import type { Memory, Module, Table } from '../wasm/module.ts';
import type { MeterSettings } from './options.ts';

const MAX_PAGES = 65_536;

/**
 * Takes the limits into the module itself, where V8 enforces them.
 * @throws MEMORY_LIMIT, LIMIT_EXCEEDED where the module needs more from the start
 */
export function clampLimits(
  module: Module,
  { memoryPages, tableEntries }: Pick<MeterSettings, 'memoryPages' | 'tableEntries'>,
): Module {
  const memories = module.memories.map((memory, i): Memory => {
    const { min, max } = memory.limits;
    const allowed = memoryPages ?? MAX_PAGES;
    if (min > allowed) {
      throw new RingfenceError(
        'MEMORY_LIMIT',
        `memory ${i} starts with ${min} pages of 64 KiB: the limit \`memory\` allows ${allowed}`,
        {
          stage: 'meter',
          details: { limit: 'memory', used: min * 65_536, allowed: allowed * 65_536, offset: memory.offset },
        },
      );
    }
    return { ...memory, limits: { ...memory.limits, max: Math.min(max ?? MAX_PAGES, allowed) } };
  });
  if (tableEntries === undefined) return { ...module, memories };
  // The limit is for all tables together: what the first ones may grow by, the later ones lack.
  let left = tableEntries;
  for (const { limits } of module.tables) left -= limits.min;
  if (left < 0) {
    throw new RingfenceError(
      'LIMIT_EXCEEDED',
      `tables start with ${tableEntries - left} entries: the limit \`tableEntries\` allows ${tableEntries}`,
      {
        stage: 'meter',
        details: { limit: 'tableEntries', used: tableEntries - left, allowed: tableEntries },
      },
    );
  }
  const tables = module.tables.map((table): Table => {
    const { min, max } = table.limits;
    const growth = Math.min(left, (max ?? Number.POSITIVE_INFINITY) - min);
    left -= growth;
    return { ...table, limits: { ...table.limits, max: min + growth } };
  });
  return { ...module, memories, tables };
}
