/**
 * The items in a random order.
 * @param below a random whole number from 0 up to, not including, the one given
 */
export function shuffle<Item>(items: readonly Item[], below: (limit: number) => number): Item[] {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = below(i + 1);
    [order[i], order[j]] = [order[j] as Item, order[i] as Item];
  }
  return order;
}
