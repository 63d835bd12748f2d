/**
 * A set in order, for many items: pieces of a sorted array, so that adding and removing move a few hundred items and not all.
 *
 *     pieces: [ [a b c] [d e] [f g h i] ]      found by the last item of each piece, then inside of it
 */

/** Less than zero where the first comes before the second, zero where they are the same. */
export type Compare<T> = (a: T, b: T) => number;

/** A piece that grows beyond this is cut into halves. */
const PIECE = 512;

export class SortedSet<T> {
  readonly #compare: Compare<T>;
  /** None is empty. */
  readonly #pieces: T[][] = [];

  constructor(compare: Compare<T>) {
    this.#compare = compare;
  }

  /** Adds an item that is not in the set yet. */
  add(item: T): void {
    const { piece: at, index } = this.#find(item);
    const piece = this.#pieces[at];
    if (piece === undefined) {
      const last = this.#pieces[at - 1];
      if (last === undefined) this.#pieces.push([item]);
      else this.#insert(at - 1, last.length, item);
    } else {
      this.#insert(at, index, item);
    }
  }

  /** False if it was not in the set. */
  remove(item: T): boolean {
    const { piece: at, index } = this.#find(item);
    const piece = this.#pieces[at];
    const found = piece?.[index];
    if (piece === undefined || found === undefined || this.#compare(found, item) !== 0) return false;
    piece.splice(index, 1);
    if (piece.length === 0) this.#pieces.splice(at, 1);
    return true;
  }

  /** The first of all; undefined where there is none. */
  get first(): T | undefined {
    return this.#pieces[0]?.[0];
  }

  /** Items from the first that does not come before `start`, in order. The set must not change meanwhile. */
  *from(start: T): Generator<T, void> {
    const found = this.#find(start);
    for (let at = found.piece; at < this.#pieces.length; at++) {
      const piece = this.#pieces[at] as T[];
      for (let i = at === found.piece ? found.index : 0; i < piece.length; i++) yield piece[i] as T;
    }
  }

  #insert(at: number, index: number, item: T): void {
    const piece = this.#pieces[at] as T[];
    piece.splice(index, 0, item);
    if (piece.length > PIECE) this.#pieces.splice(at + 1, 0, piece.splice(PIECE / 2));
  }

  /** Place of the first item that does not come before `item`; behind the last piece if there is none. */
  #find(item: T): { readonly piece: number; readonly index: number } {
    const pieces = this.#pieces;
    const piece = lowest(pieces.length, (i) => this.#compare((pieces[i] as T[]).at(-1) as T, item) >= 0);
    const items = pieces[piece];
    const index = items === undefined ? 0 : lowest(items.length, (i) => this.#compare(items[i] as T, item) >= 0);
    return { piece, index };
  }
}

/** The lowest index below `length` for which `holds`, where it holds for all above; `length` if it holds for none. */
function lowest(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The order of code points, which is that of UTF-8 bytes. JavaScript compares UTF-16 units, and surrogates come too early there. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Surrogates behind all other units. */
const rank = (unit: number): number => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x1_0000 : unit);
