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

/** `httpRequest`, `http-request` and `http_request` are the same name, differently spelt. */
const plain = (name: string): string => name.replaceAll(/[_-]/g, '').toLowerCase();

/** Levenshtein distance, a row at a time. */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (above[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, (above[j] as number) + 1, (row[j - 1] as number) + 1));
    }
    above = row;
  }
  return above[b.length] as number;
}
