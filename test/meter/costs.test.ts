/** The cost table: nothing is free that can be asked for in bulk, and no price changes unnoticed. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../engine/limits.ts';
import { OPERAND_PRICES } from '../../engine/meter/costs.ts';
import { COST_TABLE_VERSION, costOf, DEFAULT_COSTS, entryCost, meter } from '../../engine/meter/index.ts';
import { diskKeyOf } from '../../engine/runtime/prepare.ts';
import { OPCODES } from '../../engine/wasm/index.ts';
import { assembleWithWabt } from '../support/toolchains.ts';

/** What each version of the table comes to. A line is added with each version, and none is changed. */
const TABLES: Readonly<Record<number, string>> = {
  1: '652c3a87dc8c106419ee8ace9896989532a7aa0a2257434c49aed75fd607c3ae',
};

/** V8 makes no code of these. */
const MARKS = new Set('nop block loop else end drop try try_table delegate catch catch_all'.split(' '));

describe('every instruction has a price', () => {
  test('a whole number, and only marks of structure are free', () => {
    for (const row of OPCODES) {
      const price = costOf(row);
      expect(Number.isInteger(price), row.name).toBe(true);
      if (MARKS.has(row.name)) expect(price, row.name).toBe(0);
      else expect(price, row.name).toBeGreaterThan(0);
      expect(DEFAULT_COSTS.prices[row.id], row.name).toBe(price);
    }
    expect(OPCODES.length).toBeGreaterThan(500);
  });

  test('what can close a cycle is never free', () => {
    const closing = OPCODES.filter(({ control }) =>
      ['br', 'br-if', 'br-table', 'call', 'tail-call', 'throw'].includes(control),
    );
    expect(closing.length).toBeGreaterThan(8);
    for (const row of closing) expect(costOf(row), row.name).toBeGreaterThan(0);
    expect(entryCost(0)).toBeGreaterThan(0);
  });

  test('work that an operand sizes has a price for its size', () => {
    // Whatever is called fill, copy, init or grow.
    const sized = OPCODES.filter(({ name }) => /^(memory|table)\.(fill|copy|init|grow)$/.test(name)).map(
      ({ name }) => name,
    );
    expect(Object.keys(OPERAND_PRICES).sort()).toEqual(sized.sort());
    for (const { fuel, units } of Object.values(OPERAND_PRICES)) {
      expect(fuel).toBeGreaterThan(0);
      // A shift divides by them.
      expect(Math.log2(units) % 1).toBe(0);
    }
  });
});

test('another price is another version', () => {
  const prices = OPCODES.map((row) => [row.name, costOf(row)]).sort();
  const entries = Array.from({ length: 64 }, (_, locals) => entryCost(locals));
  const digest = createHash('sha256')
    .update(JSON.stringify([prices, OPERAND_PRICES, entries]))
    .digest('hex');
  expect(
    TABLES[COST_TABLE_VERSION],
    'prices have changed: raise COST_TABLE_VERSION, so that no module runs at old prices, and add the new digest here',
  ).toBe(digest);
});

test('the version is in what the meter reports, and in the key of the disk cache', async () => {
  expect(meter(assembleWithWabt('(module)')).report.costTableVersion).toBe(COST_TABLE_VERSION);
  expect(await diskKeyOf('digest', DEFAULT_LIMITS)).toContain(`\ncosts ${COST_TABLE_VERSION}\n`);
});
