/**
 * Edges from the heaviest to the lightest, in linear time: they go into buckets by the logarithm of their weight, and weights within
 * an eighth of an octave are taken to be alike.
 */
const BUCKETS = 1024;
const BUCKETS_PER_OCTAVE = 8;
/** Brings a weight of zero into the range of the logarithm; too small to change any other. */
const NEXT_TO_NOTHING = 1e-30;

export class EdgeOrder {
  /** First edge of each bucket; -1: empty, as all are between two sorts. */
  readonly #heads = new Int32Array(BUCKETS).fill(-1);
  /** By edge: the next in its bucket; -1: last. */
  #next = new Int32Array(512);
  #lowest = BUCKETS;
  #highest = -1;
  /** The edges in their order, as many as {@link sort} said. */
  edges = new Int32Array(512);

  /** @param edges one more than the highest edge that will be added */
  reserve(edges: number): void {
    if (this.#next.length >= edges) return;
    this.#next = new Int32Array(2 * edges);
    this.edges = new Int32Array(2 * edges);
  }

  /** Among edges that are alike, the one that was added last comes first. */
  add(edge: number, weight: number): void {
    const bucket = bucketOf(weight);
    // What weighs nothing lies far below everything else: nobody looks for it through all the empty buckets between.
    if (bucket > 0 && bucket < this.#lowest) this.#lowest = bucket;
    if (bucket > this.#highest) this.#highest = bucket;
    this.#next[edge] = this.#heads[bucket] as number;
    this.#heads[bucket] = edge;
  }

  /** Puts what was added in order. @returns how many there are */
  sort(): number {
    let count = 0;
    for (let bucket = this.#highest; bucket >= this.#lowest; bucket--) count = this.#empty(bucket, count);
    count = this.#empty(0, count);
    this.#lowest = BUCKETS;
    this.#highest = -1;
    return count;
  }

  #empty(bucket: number, sorted: number): number {
    let count = sorted;
    for (let edge = this.#heads[bucket] as number; edge !== -1; edge = this.#next[edge] as number) {
      this.edges[count++] = edge;
    }
    this.#heads[bucket] = -1;
    return count;
  }
}

const bucketByLogarithm = (weight: number): number =>
  BUCKETS / 2 + Math.round(Math.log2(weight + NEXT_TO_NOTHING) * BUCKETS_PER_OCTAVE);

// A logarithm for each edge is dear. The binary exponent and the top bits of the mantissa tell the bucket, but for the few weights
// near the border of two.
const MANTISSA_BITS = 8;
const EXPONENT_BIAS = 1023;
const BORDER = -1;
/** By the top bits of the mantissa: the bucket within its octave, or BORDER. */
const BUCKET_IN_OCTAVE = Int8Array.from({ length: 1 << MANTISSA_BITS }, (_, bits) => {
  const at = (mantissa: number): number =>
    Math.round(Math.log2(1 + mantissa / (1 << MANTISSA_BITS)) * BUCKETS_PER_OCTAVE);
  return at(bits) === at(bits + 1) ? at(bits) : BORDER;
});
const float = new DataView(new ArrayBuffer(8));

function bucketOf(weight: number): number {
  float.setFloat64(0, weight + NEXT_TO_NOTHING);
  const top = float.getUint32(0);
  const inOctave = BUCKET_IN_OCTAVE[(top >>> (20 - MANTISSA_BITS)) & ((1 << MANTISSA_BITS) - 1)] as number;
  const bucket =
    inOctave === BORDER
      ? bucketByLogarithm(weight)
      : BUCKETS / 2 + ((top >>> 20) - EXPONENT_BIAS) * BUCKETS_PER_OCTAVE + inOctave;
  return bucket < 0 ? 0 : bucket >= BUCKETS ? BUCKETS - 1 : bucket;
}
