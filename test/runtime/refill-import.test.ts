/** Imports for fuel are made for many guests at a time; each guest has its own all the same. */
import { describe, expect, test } from 'vitest';
import { CallAccount } from '../../engine/host/account.ts';
import { DEFAULT_LIMITS } from '../../engine/limits.ts';
import { canSuspend, toPromising } from '../../engine/runtime/jspi.ts';
import { refillImport } from '../../engine/runtime/refill-import.ts';
import { compileWat } from '../support/wat.ts';

const guest = new WebAssembly.Module(
  compileWat(`(module
    (import "e" "refill" (func $refill (param f64) (result f64)))
    (func (export "ask") (param f64) (result f64) (call $refill (local.get 0))))`),
);
/** More than are made together. */
const MANY = 40;
const settings = (fuel: number) => ({ limits: { ...DEFAULT_LIMITS, fuel }, signal: undefined, context: undefined });

function newGuest(fuel: number, { takeTurn = async () => {}, endsTurn = false } = {}) {
  const never = Number.POSITIVE_INFINITY;
  const turns = { freshEnd: () => (endsTurn ? 0 : never), turnEnd: () => never };
  const account = new CallAccount(DEFAULT_LIMITS, undefined, turns);
  account.begin(settings(fuel), performance.now(), 'timeoutMs');
  const refill = refillImport(account, () => endsTurn, takeTurn);
  const { exports } = new WebAssembly.Instance(guest, { e: { refill: refill.fn } });
  return { account, refill, ask: exports.ask as (left: number) => number };
}

describe('the import for fuel', () => {
  test('leads each guest to its own account', () => {
    const guests = Array.from({ length: MANY }, (_, i) => newGuest(100_000 + i));
    expect(guests.map(({ ask }) => ask(0))).toEqual(guests.map((_, i) => i));
    expect(guests.map(({ account }) => account.granted)).toEqual(guests.map((_, i) => 100_000 + i));
  });

  test('ends a guest that was let go, and no other', () => {
    const [gone, other] = [newGuest(200_000), newGuest(200_000)];
    gone.refill.release();
    expect(gone.ask(0)).toBe(canSuspend ? -1 : 100_000);
    expect(other.ask(0)).toBe(100_000);
  });

  test.runIf(canSuspend)('has each guest wait for its own turn', async () => {
    const turns = Array.from({ length: MANY }, () => Promise.withResolvers<void>());
    const guests = turns.map(({ promise }, i) =>
      newGuest(100_000 + i + 1, { takeTurn: () => promise, endsTurn: true }),
    );
    const answered: number[] = [];
    const asked = guests.map(async ({ ask }, i) => {
      const amount = await toPromising<number>(ask)(0);
      answered.push(i);
      return amount;
    });
    const order = guests.map((_, i) => (i * 7) % MANY);
    for (const i of order) {
      turns[i]?.resolve();
      await asked[i];
    }
    expect(answered).toEqual(order);
    expect(await Promise.all(asked)).toEqual(guests.map((_, i) => i + 1));
  });
});
