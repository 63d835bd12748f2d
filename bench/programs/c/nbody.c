/* Five bodies under gravity, n steps: floating point with a square root and a division in the inner loop. */
#include "runtime.h"

struct body { f64 x, y, z, vx, vy, vz, mass; };

static const struct body START[5] = {
  { 0, 0, 0, 0, 0, 0, 39.5 },
  { 4.8, -1.2, -0.1, 0.6, 2.8, -0.02, 0.037 },
  { 8.3, 4.1, -0.4, -1.0, 1.8, 0.008, 0.011 },
  { 12.9, -15.1, -0.2, 1.1, 0.9, -0.01, 0.0017 },
  { 15.4, -25.9, 0.18, 0.98, 0.6, -0.03, 0.002 },
};

static struct body bodies[5];

static void advance(f64 dt) {
  for (int i = 0; i < 5; i++) {
    struct body *a = &bodies[i];
    for (int j = i + 1; j < 5; j++) {
      struct body *b = &bodies[j];
      f64 dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
      f64 square = dx * dx + dy * dy + dz * dz;
      f64 force = dt / (square * __builtin_sqrt(square));
      a->vx -= dx * b->mass * force;
      a->vy -= dy * b->mass * force;
      a->vz -= dz * b->mass * force;
      b->vx += dx * a->mass * force;
      b->vy += dy * a->mass * force;
      b->vz += dz * a->mass * force;
    }
  }
  for (int i = 0; i < 5; i++) {
    bodies[i].x += dt * bodies[i].vx;
    bodies[i].y += dt * bodies[i].vy;
    bodies[i].z += dt * bodies[i].vz;
  }
}

EXPORT(run) i32 run(i32 n) {
  memory_copy(bodies, START, sizeof bodies);
  for (i32 step = 0; step < n; step++) advance(0.001);
  u32 hash = MIX_START;
  for (int i = 0; i < 5; i++) hash = mix_f64(mix_f64(mix_f64(hash, bodies[i].x), bodies[i].y), bodies[i].z);
  return (i32)hash;
}
