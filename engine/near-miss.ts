/** "Did you mean …?": the known name that a wrong one was probably meant to be. */

/** Longer names are not compared: the work grows with the product of the lengths. */
const MAX_LENGTH = 100;

/** The candidate closest to `name`, if it is close enough to be a slip; undefined otherwise. */
export function nearMiss(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > MAX_LENGTH) return undefined;
  const wanted = plain(name);
  let best: string | undefined;
  // About one slip in three letters.
  let bestDistance = Math.floor(name.length / 3) + 1;
  for (const candidate of candidates) {
    if (candidate.length > MAX_LENGTH) continue;
    const distance = plain(candidate) === wanted ? 0 : editDistance(name, candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** What a message about an unknown name goes on with: the name that was probably meant, and all that there are. */
export function knownNames(name: string, known: readonly string[], are: string): string {
  const near = nearMiss(name, known);
  return `${near === undefined ? '' : `Did you mean ${JSON.stringify(near)}? `}${are}: ${known.join(', ') || 'none'}`;
}

/** `httpRequest`, `http-request` and `http_request` are the same name, differently spelt. */
const plain = (name: string): string => name.replaceAll(/[_-]/g, '').toLowerCase();

/** Letters to add, leave out, change, or exchange with their neighbour: Levenshtein distance with exchanges, a row at a time. */
function editDistance(a: string, b: string): number {
  let before: readonly number[] = [];
  let above: readonly number[] = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (above[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isExchange = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const exchange = isExchange ? (before[j - 2] as number) + 1 : change;
      row.push(Math.min(change, exchange, (above[j] as number) + 1, (row[j - 1] as number) + 1));
    }
    before = above;
    above = row;
  }
  return above[b.length] as number;
}
