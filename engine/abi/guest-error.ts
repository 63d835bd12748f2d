/** What a guest says of its own failure: `{ code, message, details? }`, handed over with `error_set`. */
import { RingfenceError } from '../errors.ts';
import { isShallow } from './json.ts';
import { oneLine } from './one-line.ts';

const MESSAGE_UNITS = 4_096;
const CODE_UNITS = 100;
const lenient = new TextDecoder();

/**
 * The error of a function that returned -1, or a lifecycle function that returned a status other than 0.
 * @param report what the guest gave to `error_set` in this call, if it did
 * @param what names the function: "`count`", "plugin_init"
 */
export function guestError(report: Uint8Array | undefined, what: string, status?: number): RingfenceError {
  const { code, message, details } = report === undefined ? silent(status) : readReport(lenient.decode(report));
  return new RingfenceError(
    'GUEST_ERROR',
    `${what} failed: ${oneLine(code, CODE_UNITS)}: ${oneLine(message, MESSAGE_UNITS)}`,
    {
      details: { code, message, ...(details === undefined ? {} : { details }) },
    },
  );
}

interface Report {
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
}

function silent(status: number | undefined): Report {
  return {
    code: 'UNSPECIFIED',
    message: `the plugin gave no reason${status === undefined ? '' : ` (status ${status})`}`,
  };
}

/** A report that does not follow the contract is still shown: its text is the message. */
function readReport(text: string): Report {
  let report: unknown;
  try {
    report = isShallow(text) ? JSON.parse(text) : undefined;
  } catch {
    report = undefined;
  }
  if (typeof report !== 'object' || report === null)
    return { code: 'UNSPECIFIED', message: text.slice(0, MESSAGE_UNITS) };
  const { code, message, details } = report as Record<string, unknown>;
  return {
    code: typeof code === 'string' ? code.slice(0, CODE_UNITS) : 'UNSPECIFIED',
    message: typeof message === 'string' ? message.slice(0, MESSAGE_UNITS) : text.slice(0, MESSAGE_UNITS),
    details,
  };
}
