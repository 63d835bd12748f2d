/** Descriptors of WASI preview 1: three streams, and nothing else. What a guest hands over wrongly is an error number, never a fault of ours. */
import { CHARACTER_DEVICE, ERRNO, RIGHT_READ, RIGHT_WRITE, STDERR, STDIN } from '../../abi/wasi.ts';
import type { HostContext } from '../context.ts';
import { isInside, type WasiRow, wasiRow } from './row.ts';

/** Vectors of one call. More are an error, so that a count that is none costs nothing. */
const MOST_VECTORS = 1_024;
const VECTOR_BYTES = 8;
/** Fuel per byte that is written: it may become a line of the log. */
const WRITE_PRICE = 150;
const READ_PRICE = 1;

const isStream = (fd: number): boolean => fd >>> 0 <= STDERR;

/** Answers for descriptors that are streams, and for those that are not there. */
const ofStreams = (answer: number) => (_host: HostContext, fd: number) => (isStream(fd) ? answer : ERRNO.badf);

export const STREAMS: readonly WasiRow[] = [
  wasiRow('fd_write', ['i32', 'i32', 'i32', 'i32'], write, 1_000),
  wasiRow('fd_read', ['i32', 'i32', 'i32', 'i32'], read, 1_000),
  wasiRow('fd_close', ['i32'], ofStreams(ERRNO.success)),
  wasiRow('fd_sync', ['i32'], ofStreams(ERRNO.success)),
  wasiRow('fd_datasync', ['i32'], ofStreams(ERRNO.success)),
  wasiRow('fd_seek', ['i32', 'i64', 'i32', 'i32'], ofStreams(ERRNO.spipe)),
  wasiRow('fd_tell', ['i32', 'i32'], ofStreams(ERRNO.spipe)),
  wasiRow('fd_fdstat_get', ['i32', 'i32'], describe),
  wasiRow('fd_fdstat_set_flags', ['i32', 'i32'], ofStreams(ERRNO.success)),
  wasiRow('fd_fdstat_set_rights', ['i32', 'i64', 'i64'], ofStreams(ERRNO.notcapable)),
  wasiRow('fd_filestat_get', ['i32', 'i32'], fileStat),
  // No directory is open to the guest: that is how C libraries find out that there are no files.
  wasiRow('fd_prestat_get', ['i32', 'i32'], () => ERRNO.badf),
  wasiRow('fd_prestat_dir_name', ['i32', 'i32', 'i32'], () => ERRNO.badf),
];

function write(host: HostContext, fd: number, vectors: number, count: number, written: number): number {
  if (!isStream(fd)) return ERRNO.badf;
  if (fd === STDIN) return ERRNO.notcapable;
  const total = totalOf(host, vectors, count, written);
  if (total < 0) return -total;
  // All that is looked at once more below has been paid for.
  host.account.pay(count * VECTOR_BYTES + total * WRITE_PRICE);
  const stream = fd === STDERR ? host.wasi.stderr : host.wasi.stdout;
  const view = viewOf(host);
  for (let i = 0; i < count; i++) {
    const at = (vectors >>> 0) + i * VECTOR_BYTES;
    const length = view.getUint32(at + 4, true);
    stream.write(host, new Uint8Array(view.buffer, length === 0 ? 0 : view.getUint32(at, true), length));
  }
  view.setUint32(written >>> 0, total, true);
  return ERRNO.success;
}

function read(host: HostContext, fd: number, vectors: number, count: number, taken: number): number {
  if (!isStream(fd)) return ERRNO.badf;
  if (fd !== STDIN) return ERRNO.notcapable;
  const total = totalOf(host, vectors, count, taken);
  if (total < 0) return -total;
  host.account.pay(count * VECTOR_BYTES);
  const view = viewOf(host);
  let done = 0;
  for (let i = 0; i < count; i++) {
    const at = (vectors >>> 0) + i * VECTOR_BYTES;
    const length = view.getUint32(at + 4, true);
    // A vector may lie in what another one has filled: it is looked at anew, and may lead out by now.
    const pointer = view.getUint32(at, true);
    if (!isInside(host, pointer, length)) return ERRNO.fault;
    const bytes = host.wasi.take(length);
    host.account.pay(bytes.length * READ_PRICE);
    new Uint8Array(view.buffer).set(bytes, pointer);
    done += bytes.length;
    if (bytes.length < length) break;
  }
  view.setUint32(taken >>> 0, done, true);
  return ERRNO.success;
}

/** Bytes of all vectors; below zero the error number, negated. */
function totalOf(host: HostContext, vectors: number, count: number, result: number): number {
  if (count >>> 0 > MOST_VECTORS) return -ERRNO.inval;
  if (!isInside(host, vectors, count * VECTOR_BYTES) || !isInside(host, result, 4)) return -ERRNO.fault;
  const view = viewOf(host);
  let total = 0;
  for (let i = 0; i < count; i++) {
    const at = (vectors >>> 0) + i * VECTOR_BYTES;
    const length = view.getUint32(at + 4, true);
    if (!isInside(host, view.getUint32(at, true), length)) return -ERRNO.fault;
    total += length;
  }
  // The same bytes over and over are more than any memory has.
  return total > 0xffff_ffff ? -ERRNO.inval : total;
}

function describe(host: HostContext, fd: number, result: number): number {
  if (!isStream(fd)) return ERRNO.badf;
  if (!isInside(host, result, 24)) return ERRNO.fault;
  const view = viewOf(host);
  const at = result >>> 0;
  view.setBigUint64(at, 0n, true);
  view.setUint8(at, CHARACTER_DEVICE);
  view.setBigUint64(at + 8, fd === STDIN ? RIGHT_READ : RIGHT_WRITE, true);
  view.setBigUint64(at + 16, 0n, true);
  return ERRNO.success;
}

function fileStat(host: HostContext, fd: number, result: number): number {
  if (!isStream(fd)) return ERRNO.badf;
  if (!isInside(host, result, 64)) return ERRNO.fault;
  const view = viewOf(host);
  new Uint8Array(view.buffer, result >>> 0, 64).fill(0);
  view.setUint8((result >>> 0) + 16, CHARACTER_DEVICE);
  return ERRNO.success;
}

const viewOf = ({ memory }: HostContext): DataView<ArrayBuffer> => {
  const { buffer } = memory.view(0, 0, 'memory');
  return new DataView(buffer);
};
