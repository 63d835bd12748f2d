// n generations of the Game of Life on a 128 x 128 torus: neighbour sums with wrap-around, two typed arrays swapped.

const SIDE = 128;
const MASK = SIDE - 1;

export function run(n: i32): i32 {
  let now = new Uint8Array(SIDE * SIDE);
  let next = new Uint8Array(SIDE * SIDE);
  let seed: u32 = 12345;
  for (let i = 0; i < SIDE * SIDE; i++) {
    seed = seed * 1664525 + 1013904223;
    now[i] = seed >> 31;
  }
  for (let generation = 0; generation < n; generation++) {
    for (let y = 0; y < SIDE; y++) {
      const above = ((y - 1) & MASK) * SIDE;
      const here = y * SIDE;
      const below = ((y + 1) & MASK) * SIDE;
      for (let x = 0; x < SIDE; x++) {
        const left = (x - 1) & MASK;
        const right = (x + 1) & MASK;
        const neighbours =
          now[above + left] + now[above + x] + now[above + right] + now[here + left] +
          now[here + right] + now[below + left] + now[below + x] + now[below + right];
        next[here + x] = neighbours == 3 || (neighbours == 2 && now[here + x] == 1) ? 1 : 0;
      }
    }
    const swap = now;
    now = next;
    next = swap;
  }
  let hash: u32 = 2166136261;
  for (let i = 0; i < SIDE * SIDE; i++) hash = (hash ^ now[i]) * 16777619;
  return hash;
}
