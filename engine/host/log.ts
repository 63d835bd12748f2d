/** Capability `log`: lines for the host's logger, with caps per message, per call and per second. */
import type { LogFields } from '../options.ts';
import type { HostContext } from './context.ts';
import type { HostFunction } from './function.ts';
import { levelOf } from './log-channel.ts';
import { readLogFields } from './log-fields.ts';

export const LOG: readonly HostFunction[] = [
  {
    name: 'log',
    capability: 'log',
    params: ['i32', 'i32', 'i32'],
    results: [],
    spans: [1],
    price: { base: 4_000, perByte: 150 },
    call: (host, level, pointer, length) => writeLine(host, level, pointer, length, 0, 0),
  },
  {
    name: 'log_fields',
    capability: 'log',
    params: ['i32', 'i32', 'i32', 'i32', 'i32'],
    results: [],
    spans: [1, 3],
    price: { base: 5_000, perByte: 400 },
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

/**
 * Message and fields share `logMessageBytes`. The message goes first and is cut where it has to be; fields that do not fit, or
 * are no JSON object, are left out as a whole, and the line says so.
 */
function writeLine(
  host: HostContext,
  levelNumber: number,
  pointer: number,
  length: number,
  fieldsPointer: number,
  fieldsLength: number,
): undefined {
  const { account, services, memory } = host;
  const { logMessageBytes, logCallBytes } = account.limits;
  const size = length >>> 0;
  const kept = Math.min(size, logMessageBytes);
  const fieldsSize = fieldsLength >>> 0;
  const hasRoom = kept + fieldsSize <= logMessageBytes;
  const counted = kept + (hasRoom ? fieldsSize : 0);
  if (account.logBytes + counted > logCallBytes) {
    services.log.drop();
    return;
  }
  // Counted whether anybody reads the log or not: a call's usage does not depend on the host's log level.
  account.logBytes += counted;
  const level = levelOf(levelNumber);
  if (!services.log.enabled(level)) return;
  const text = memory.readTextLeniently(pointer, kept, 'log message');
  // A cut may fall inside a character.
  let line = kept === size ? text : `${text.replace(/\ufffd$/, '')}… [${size - kept} of ${size} bytes cut]`;
  let fields: LogFields | undefined;
  if (!hasRoom) {
    line += ` [fields of ${fieldsSize} bytes left out: no room beside the message (limit \`logMessageBytes\`)]`;
  } else if (fieldsSize > 0) {
    const read = readLogFields(memory.view(fieldsPointer, fieldsLength, 'log fields'), account.limits);
    if ('fields' in read) fields = read.fields;
    else line += ` [fields left out: ${read.problem}]`;
  }
  services.log.write(level, line, 'plugin', account.context, fields);
}
