// How many primes there are below n: an array of bytes, strided stores, a counting pass.

export function run(n: i32): i32 {
  const composite = new Uint8Array(n);
  let count = 0;
  for (let i = 2; i < n; i++) {
    if (composite[i]) continue;
    count++;
    if (i > 46340) continue;
    for (let k = i * i; k < n; k += i) composite[k] = 1;
  }
  return count;
}
