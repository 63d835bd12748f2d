/** What an alias points to. */
import { hex, type Reader } from '../reader.ts';
import type { ComponentBudget } from './budget.ts';
import type { AliasTarget } from './component.ts';

export function readAliasTarget(reader: Reader, budget: ComponentBudget): AliasTarget {
  const offset = reader.offset;
  const form = reader.u8('target of an alias');
  switch (form) {
    case 0x00:
    case 0x01: {
      const instance = reader.u32('instance index');
      return { from: form === 0 ? 'export' : 'core-export', instance, name: budget.name(reader, 'name of an export') };
    }
    case 0x02: {
      const levels = reader.u32('levels');
      return { from: 'outer', levels, index: reader.u32('index') };
    }
    default:
      throw reader.malformed(`${hex(form)} is not a target of an alias`, offset);
  }
}
