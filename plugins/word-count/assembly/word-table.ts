// How often each word occurs. A hash table with open addressing whose keys are places in the text: no word is copied out.

const INITIAL_SLOTS = 1024;
/** Units compared with 16 bits each. */
const HASH_START: u32 = 2166136261;
const HASH_FACTOR: u32 = 16777619;

@final
export class WordTable {
  /** Different words so far. They are numbered from 0 in the order in which they came. */
  size: i32 = 0;
  private starts: i32[] = [];
  private ends: i32[] = [];
  private hashes: u32[] = [];
  private counts: i32[] = [];
  /** A word's number plus 1, or 0; a power of two of them. */
  private slots: StaticArray<i32> = new StaticArray<i32>(INITIAL_SLOTS);

  constructor(private readonly text: string) {}

  /** Counts the word from `start` up to `end`. */
  add(start: i32, end: i32): void {
    const hash = this.hash(start, end);
    const mask = <u32>this.slots.length - 1;
    let slot = hash & mask;
    while (true) {
      const id = unchecked(this.slots[slot]) - 1;
      if (id < 0) break;
      if (unchecked(this.hashes[id]) == hash && this.same(id, start, end)) {
        unchecked(this.counts[id]++);
        return;
      }
      slot = (slot + 1) & mask;
    }
    this.starts.push(start);
    this.ends.push(end);
    this.hashes.push(hash);
    this.counts.push(1);
    unchecked((this.slots[slot] = ++this.size));
    if (this.size << 1 > this.slots.length) this.grow();
  }

  word(id: i32): string {
    return this.text.substring(this.starts[id], this.ends[id]);
  }

  count(id: i32): i32 {
    return this.counts[id];
  }

  /** All words, the most frequent first; of equally frequent ones, the one that came first. */
  byFrequency(): StaticArray<i32> {
    const keys = new StaticArray<u64>(this.size);
    for (let i = 0; i < this.size; i++) keys[i] = ((<u64>~this.counts[i]) << 32) | <u64>i;
    keys.sort((a, b) => i32(a > b) - i32(a < b));
    const ids = new StaticArray<i32>(this.size);
    for (let i = 0; i < this.size; i++) ids[i] = <i32>keys[i];
    return ids;
  }

  private hash(start: i32, end: i32): u32 {
    const units = changetype<usize>(this.text);
    let hash = HASH_START;
    for (let i = start; i < end; i++) hash = (hash ^ <u32>load<u16>(units + (<usize>i << 1))) * HASH_FACTOR;
    return hash;
  }

  private same(id: i32, start: i32, end: i32): bool {
    const first = unchecked(this.starts[id]);
    const size = end - start;
    if (unchecked(this.ends[id]) - first != size) return false;
    const units = changetype<usize>(this.text);
    return memory.compare(units + (<usize>first << 1), units + (<usize>start << 1), <usize>size << 1) == 0;
  }

  private grow(): void {
    const slots = new StaticArray<i32>(this.slots.length << 1);
    const mask = <u32>slots.length - 1;
    for (let id = 0; id < this.size; id++) {
      let slot = this.hashes[id] & mask;
      while (unchecked(slots[slot]) != 0) slot = (slot + 1) & mask;
      unchecked((slots[slot] = id + 1));
    }
    this.slots = slots;
  }
}
