/** Capability `log`: lines for the host's logger, with caps per message, per call and per second. */
import type { HostContext } from './context.ts';
import type { HostFunction } from './function.ts';
import { levelOf } from './log-channel.ts';

export const LOG: readonly HostFunction[] = [
  {
    name: 'log',
    capability: 'log',
    params: ['i32', 'i32', 'i32'],
    results: [],
    spans: [1],
    price: { base: 2_000, perByte: 20 },
    call: writeLine,
  },
  {
    name: 'log_enabled',
    capability: 'log',
    params: ['i32'],
    results: ['i32'],
    price: { base: 200 },
    call: (host, level) => (host.services.log.enabled(levelOf(level)) ? 1 : 0),
  },
];

function writeLine(host: HostContext, levelNumber: number, pointer: number, length: number): undefined {
  const { account, services } = host;
  const { logMessageBytes, logCallBytes } = account.limits;
  const size = length >>> 0;
  const kept = Math.min(size, logMessageBytes);
  if (account.logBytes + kept > logCallBytes) {
    services.log.drop();
    return;
  }
  // Counted whether anybody reads the log or not: a call's usage does not depend on the host's log level.
  account.logBytes += kept;
  const level = levelOf(levelNumber);
  if (!services.log.enabled(level)) return;
  const text = host.memory.readTextLeniently(pointer, kept, 'log message');
  // A cut may fall inside a character.
  const line = kept === size ? text : `${text.replace(/\ufffd$/, '')}… [${size - kept} of ${size} bytes cut]`;
  services.log.write(level, line, 'plugin', account.context);
}
