/**
 * The module `extism:host/env`, but for what the kernel does by itself: rows as all host functions are. Addresses and lengths
 * are 64-bit numbers, which come as bigint.
 */
import { EXTISM_LOG_OFF, EXTISM_MODULE } from '../../abi/extism.ts';
import { LOG_LEVELS, type LogLevel } from '../../options.ts';
import type { NumberType } from '../../wasm/types.ts';
import type { HostContext } from '../context.ts';
import type { Answer, HostFunction } from '../function.ts';
import { EXTISM_HTTP } from './http.ts';
import { type ExtismRow, fromWide, readText } from './row.ts';

const row = (
  name: string,
  capability: string,
  params: readonly NumberType[],
  results: readonly NumberType[],
  base: number,
  call: (host: HostContext, a: bigint, b: bigint) => Answer,
): ExtismRow => ({
  module: EXTISM_MODULE,
  name,
  capability,
  params,
  results,
  price: { base },
  call: (host, a, b) => call(host, fromWide(a), fromWide(b)),
});

const ONE = ['i64'] as const;
const TWO = ['i64', 'i64'] as const;
/** An error report over this is cut. */
const REPORT_BYTES = 64 * 1024;
const KEY_BYTES = 4 * 1024;
/** Fuel per byte that is copied. */
const COPY_PRICE = 1;
const LOG_PRICE = 150;

export const EXTISM: readonly (HostFunction & { readonly module: typeof EXTISM_MODULE })[] = [
  row('alloc', 'extism', ONE, ONE, 100, ({ extism }, length) => BigInt(extism.blocks.allocate(length))),
  row('free', 'extism', ONE, [], 100, ({ extism }, address) => {
    extism.blocks.free(address);
    return undefined;
  }),
  row('length', 'extism', ONE, ONE, 50, lengthOf),
  row('length_unsafe', 'extism', ONE, ONE, 50, lengthOf),
  row('output_set', 'extism', TWO, [], 100, setOutput),
  row('output_offset', 'extism', [], ONE, 50, ({ extism }) => BigInt(extism.blocks.outputAt)),
  row('output_length', 'extism', [], ONE, 50, ({ extism }) => BigInt(extism.blocks.outputLength)),
  row('memory_bytes', 'extism', [], ONE, 50, ({ extism }) => BigInt(extism.blocks.byteLength)),
  row('error_set', 'error', ONE, [], 500, setError),
  row('error_get', 'error', [], ONE, 500, (host) => give(host, host.guestError)),
  row('config_get', 'config', ONE, ONE, 1_500, getConfig),
  row('var_get', 'extism', ONE, ONE, 1_000, (host, key) =>
    give(host, host.extism.variables.get(readText(host, key, KEY_BYTES, 'name of a variable'))),
  ),
  row('var_set', 'extism', TWO, [], 1_500, setVariable),
  row('get_log_level', 'log', [], ['i32'], 200, logLevel),
  ...LOG_LEVELS.map((level) =>
    row(`log_${level}`, 'log', ONE, [], 2_000, (host, address) => writeLog(host, level, address)),
  ),
  ...EXTISM_HTTP,
];

function lengthOf({ extism }: HostContext, address: bigint): bigint {
  return BigInt(extism.blocks.length(address));
}

/** @throws BAD_POINTER: bytes outside of all blocks are nobody's to hand out */
function setOutput({ extism }: HostContext, address: bigint, length: bigint): undefined {
  const at = Number(BigInt.asUintN(64, address));
  const size = Number(BigInt.asUintN(64, length));
  extism.blocks.stretch(at, size, 'output');
  extism.blocks.outputAt = at;
  extism.blocks.outputLength = size;
  return undefined;
}

function setError(host: HostContext, address: bigint): undefined {
  if (address === 0n) {
    host.guestError = undefined;
    return undefined;
  }
  const bytes = host.extism.blocks.view(address, 'error').subarray(0, REPORT_BYTES);
  host.account.pay(bytes.length * COPY_PRICE);
  host.guestError = bytes.slice();
  return undefined;
}

/** Texts come as they are, all other values as JSON. */
function getConfig(host: HostContext, key: bigint): bigint {
  const json = host.services.config.get(readText(host, key, KEY_BYTES, 'configuration key'));
  if (json === undefined) return 0n;
  const value: unknown = json.startsWith('"') ? JSON.parse(json) : json;
  return give(host, encoder.encode(String(value)));
}

function setVariable(host: HostContext, key: bigint, value: bigint): undefined {
  const { blocks, variables } = host.extism;
  const name = readText(host, key, KEY_BYTES, 'name of a variable');
  if (value === 0n) {
    variables.delete(name);
    return undefined;
  }
  const bytes = blocks.view(value, 'value of a variable');
  host.account.pay(bytes.length * COPY_PRICE);
  variables.set(name, bytes.slice(), host.account.limits);
  return undefined;
}

function logLevel({ services }: HostContext): number {
  const first = LOG_LEVELS.findIndex((level) => services.log.enabled(level));
  return first === -1 ? EXTISM_LOG_OFF : first;
}

function writeLog(host: HostContext, level: LogLevel, address: bigint): undefined {
  const { account, extism, services } = host;
  const bytes = extism.blocks.view(address, 'log message');
  const { logMessageBytes, logCallBytes } = account.limits;
  const kept = bytes.subarray(0, logMessageBytes);
  account.pay(kept.length * LOG_PRICE);
  if (account.logBytes + kept.length > logCallBytes) {
    services.log.drop();
    return undefined;
  }
  account.logBytes += kept.length;
  if (!services.log.enabled(level)) return undefined;
  const cut = bytes.length - kept.length;
  const text = decoder.decode(kept);
  const line = cut === 0 ? text : `${text.replace(/\ufffd$/, '')}… [${cut} of ${bytes.length} bytes cut]`;
  services.log.write(level, line, 'plugin', account.context);
  return undefined;
}

function give(host: HostContext, bytes: Uint8Array | undefined): bigint {
  return bytes === undefined ? 0n : BigInt(host.extism.blocks.give(bytes));
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
