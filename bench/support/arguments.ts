/** What the command lines of the benchmarks read from their arguments. */

/**
 * The items that are named, in that order; without names all of them.
 * @throws for a name that there is not, with those that there are
 */
export function choose<Item extends { readonly name: string }>(
  all: readonly Item[],
  names: string | undefined,
): readonly Item[] {
  if (names === undefined) return all;
  return names.split(',').map((name) => {
    const item = all.find((candidate) => candidate.name === name);
    if (item === undefined) throw new Error(`${name}: expected one of ${all.map((one) => one.name).join(', ')}`);
    return item;
  });
}

/** @throws when it is given and not a whole number from 1 up */
export function whole(option: string, text: string | undefined, fallback: number): number {
  const value = Number(text ?? fallback);
  if (!Number.isInteger(value) || value < 1) {
    throw new Error(`Expected ${option} to be a positive whole number, got ${text}`);
  }
  return value;
}
