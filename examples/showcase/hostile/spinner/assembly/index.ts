// A plugin that would hang a host which trusts it.

/** Counts, and never stops counting. */
export function spin(): u32 {
  let turns: u32 = 0;
  while (true) turns++;
  return turns;
}
