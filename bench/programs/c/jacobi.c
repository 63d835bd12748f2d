/* n sweeps of a five-point stencil over a 256 x 256 grid: long counted loops, loads that neighbour each other. */
#include "runtime.h"

#define SIDE 256

static f64 grids[2][SIDE][SIDE];

EXPORT(run) i32 run(i32 n) {
  memory_fill(grids, 0, sizeof grids);
  for (int i = 0; i < SIDE; i++) {
    grids[0][0][i] = grids[1][0][i] = 100.0;
    grids[0][i][0] = grids[1][i][0] = 50.0 * i / SIDE;
  }
  for (i32 sweep = 0; sweep < n; sweep++) {
    f64 (*from)[SIDE] = grids[sweep & 1], (*to)[SIDE] = grids[~sweep & 1];
    for (int y = 1; y < SIDE - 1; y++) {
      for (int x = 1; x < SIDE - 1; x++) {
        to[y][x] = 0.2 * (from[y][x] + from[y][x - 1] + from[y][x + 1] + from[y - 1][x] + from[y + 1][x]);
      }
    }
  }
  u32 hash = MIX_START;
  for (int i = 0; i < SIDE; i += 5) hash = mix_f64(hash, grids[n & 1][i][i]);
  return (i32)hash;
}
