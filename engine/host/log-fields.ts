/** Structured fields of a log line: JSON that a plugin wrote, read within limits and made safe to print. */
import { oneLine } from '../abi/one-line.ts';
import { setMember } from '../abi/sparse-object.ts';
import type { Limits } from '../limits.ts';
import { firstBadUtf8 } from '../memory/utf8.ts';
import type { LogField, LogFields } from '../options.ts';
import { scanJson } from './json-scan.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The fields in `bytes`, a JSON object; or what is wrong with them, for the line that they belong to. */
export function readLogFields(
  bytes: Uint8Array,
  { logFields, jsonDepth }: Pick<Limits, 'logFields' | 'jsonDepth'>,
): { readonly fields: LogFields } | { readonly problem: string } {
  // Before anything is built: nesting and number bound what the host spends on it.
  const scan = scanJson(bytes, jsonDepth);
  if ('message' in scan) return { problem: `${scan.message}, at byte ${scan.offset}` };
  // The object itself is one of the values.
  if (scan.values - 1 > logFields) {
    return { problem: `${scan.values - 1}, more than ${logFields} values (limit \`logFields\`)` };
  }
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch {
    return { problem: `Not UTF-8, at byte ${firstBadUtf8(bytes)}` };
  }
  const fields = clean(value);
  return isFields(fields) ? { fields } : { problem: 'Expected a JSON object' };
}

/** A copy in which all text is one line; its objects have no prototype, so that every name is a plain member. */
function clean(value: unknown): LogField {
  if (typeof value === 'string') return oneLine(value);
  if (typeof value !== 'object' || value === null) return value as LogField;
  if (Array.isArray(value)) return value.map(clean);
  const copy: Record<string, LogField> = Object.create(null);
  for (const [name, item] of Object.entries(value)) setMember(copy, oneLine(name), clean(item));
  return copy;
}

const isFields = (value: LogField): value is LogFields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
