// The product of two n x n matrices of f64 in arrays with bounds checks: three nested counted loops.

export function run(n: i32): i32 {
  const a = new Array<f64>(n * n);
  const b = new Array<f64>(n * n);
  const c = new Array<f64>(n * n);
  for (let i = 0; i < n * n; i++) {
    a[i] = <f64>(i % 17) - 8.0;
    b[i] = <f64>(i % 23) * 0.5;
  }
  for (let row = 0; row < n; row++) {
    for (let column = 0; column < n; column++) {
      let sum: f64 = 0;
      for (let k = 0; k < n; k++) sum += a[row * n + k] * b[k * n + column];
      c[row * n + column] = sum;
    }
  }
  let hash: u32 = 2166136261;
  for (let i = 0; i < n * n; i++) hash = (hash ^ <u32>(<i32>c[i])) * 16777619;
  return hash;
}
