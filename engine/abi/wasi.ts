/** Of WASI preview 1: where it is imported from, and the error numbers that our functions answer with. */

export const WASI_MODULE = 'wasi_snapshot_preview1';

export const ERRNO = {
  success: 0,
  /** No such descriptor: there are 0, 1 and 2. */
  badf: 8,
  /** A pointer that leads out of the guest's memory. */
  fault: 21,
  inval: 28,
  nosys: 52,
  notsup: 58,
  /** A stream has no position. */
  spipe: 70,
  /** There is no right to do this, and none can be had. */
  notcapable: 76,
} as const;

/** What a guest says of a descriptor that is a stream. */
export const CHARACTER_DEVICE = 2;
export const RIGHT_READ = 1n << 1n;
export const RIGHT_WRITE = 1n << 6n;

export const STDIN = 0;
export const STDOUT = 1;
export const STDERR = 2;
