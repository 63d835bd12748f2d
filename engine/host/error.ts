/** Capability `error`: how a guest says what went wrong, and hears what did. */
import { oneLine } from '../abi/one-line.ts';
import { RingfenceError } from '../errors.ts';
import type { HostFunction } from './function.ts';

/** An error report over this is cut, and then most likely no JSON any more: it is shown as text. */
const REPORT_BYTES = 64 * 1024;
/** Bytes of message and file name of AssemblyScript's `abort`. */
const ABORT_BYTES = 4 * 1024;

export const ERROR: readonly HostFunction[] = [
  {
    name: 'error_set',
    capability: 'error',
    params: ['i32', 'i32'],
    results: [],
    spans: [0],
    price: { base: 1_000, perByte: 4 },
    call: (host, pointer, length) => {
      host.guestError = host.memory.read(pointer, Math.min(length >>> 0, REPORT_BYTES), 'error report');
      return undefined;
    },
  },
  {
    // Of host functions that answer -1.
    name: 'host_error',
    capability: 'error',
    params: [],
    results: ['i64'],
    price: { base: 5_000 },
    call: (host) => {
      if (host.failure === undefined) return 0n;
      const { code, message, details } = host.failure;
      return host.giveText(JSON.stringify({ code, message, details }));
    },
  },
  {
    // What AssemblyScript calls when an assertion fails or an exception is thrown.
    name: 'abort',
    capability: 'error',
    params: ['i32', 'i32', 'i32', 'i32'],
    results: [],
    price: { base: 1_000 },
    call: (host, messagePointer, filePointer, line, column) => {
      const message = oneLine(host.memory.readUtf16(messagePointer, ABORT_BYTES) ?? '');
      const file = oneLine(host.memory.readUtf16(filePointer, ABORT_BYTES) ?? '');
      const place = file === '' ? '' : ` at ${file}:${line >>> 0}:${column >>> 0}`;
      throw new RingfenceError('TRAP', `The plugin aborted${message === '' ? '' : `: ${message}`}${place}`, {
        details: { kind: 'abort', message, ...(place === '' ? {} : { file, line: line >>> 0, column: column >>> 0 }) },
      });
    },
  },
];
