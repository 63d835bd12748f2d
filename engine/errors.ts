/**
 * The one table of error codes and the one error class.
 *
 * Match on `code`, not on the class: classes do not survive a worker message or a second copy of the library.
 * `docs/ERRORS.md` is generated from this table and a test compares the two.
 */

/** Who is at fault: the guest misbehaved, the caller misused us, or we have a bug. */
export type ErrorFamily = 'guest' | 'caller' | 'engine';

interface ErrorRow {
  readonly family: ErrorFamily;
  /** Exit status of the CLI when a command ends with this error. */
  readonly exitCode: number;
  readonly summary: string;
  /** What the reader can do about it, in one sentence. */
  readonly fix: string;
}

const row = (family: ErrorFamily, exitCode: number, summary: string, fix: string): ErrorRow => ({
  family,
  exitCode,
  summary,
  fix,
});

/** Codes are never renamed and never reused. */
export const ERRORS = {
  USAGE: row(
    'caller',
    2,
    'The command line is not one that the command takes.',
    'Run the command with `--help` to see what it takes.',
  ),
  INVALID_MODULE: row(
    'guest',
    10,
    'The bytes are not a valid WebAssembly module.',
    'Rebuild the plugin; the offset in the message names the first bad byte.',
  ),
  UNSUPPORTED_FEATURE: row(
    'guest',
    11,
    'The module uses a WebAssembly feature that is off in this engine.',
    'Compile the plugin without that feature.',
  ),
  IMPORT_DENIED: row(
    'guest',
    12,
    'The module imports something that the host table does not offer to it.',
    'Remove the import, or ask for and grant the capability that the message names.',
  ),
  NOT_A_PLUGIN: row(
    'guest',
    13,
    'A valid WebAssembly module, but not a Ringfence plugin.',
    'Build it with `ringfence build`, or export what the message lists.',
  ),
  ABI_MISMATCH: row(
    'guest',
    14,
    'The plugin speaks another version of the guest ABI or of the host API.',
    'Rebuild it with an SDK for the version that the message names.',
  ),
  INVALID_MANIFEST: row(
    'guest',
    15,
    'The manifest is missing, is not JSON, or does not fit its schema.',
    'Correct the field that the message names.',
  ),
  RESERVED_NAME: row(
    'guest',
    16,
    'The module uses a name that the engine keeps for what it adds itself.',
    'Rename the import or export that the message names.',
  ),
  LIMIT_EXCEEDED: row(
    'guest',
    20,
    'A size or count is over its limit.',
    'Make it smaller, or raise the limit that the message names.',
  ),
  OUT_OF_FUEL: row('guest', 21, 'The call used up its fuel.', 'Do less work per call, or raise the limit `fuel`.'),
  DEADLINE_EXCEEDED: row(
    'guest',
    22,
    'The call was still running at its deadline.',
    'Do less work per call, or raise the limit `timeoutMs` (`startTimeoutMs` for loading).',
  ),
  CANCELLED: row('caller', 23, 'The caller aborted the call.', 'Nothing: the signal that was passed in fired.'),
  MEMORY_LIMIT: row(
    'guest',
    24,
    'The plugin needs more memory than its limit.',
    'Use less memory, or raise the limit `memory`.',
  ),
  STACK_OVERFLOW: row(
    'guest',
    25,
    'The plugin nested its calls deeper than its limit.',
    'Recurse less, or raise the limit `stackDepth`.',
  ),
  TRAP: row('guest', 26, 'The plugin trapped.', 'Correct the plugin; the details name the trap and the function.'),
  GUEST_ERROR: row(
    'guest',
    27,
    'The plugin function reported an error of its own.',
    'See the code, message and details that the plugin gave.',
  ),
  BAD_POINTER: row(
    'guest',
    28,
    'The plugin handed the host a pointer or a length outside its memory.',
    'Correct the plugin.',
  ),
  BAD_OUTPUT: row(
    'guest',
    29,
    'The plugin returned bytes that are not what the call promised (UTF-8 or JSON).',
    'Correct the plugin, or read raw bytes with `callBytes`.',
  ),
  PERMISSION_DENIED: row(
    'guest',
    30,
    'The plugin used a capability that it was not granted.',
    'Add the grant line that the message prints.',
  ),
  UNAVAILABLE: row(
    'guest',
    31,
    'The plugin takes no calls at the moment: it is being restarted, has failed, or has failed too often in a row.',
    'Call again later; the message says why, and what the manager does about it.',
  ),
  STATE_MISMATCH: row(
    'guest',
    32,
    'The state of a plugin has a form that its next version does not take.',
    'Name the older form in `state.accepts` of the manifest, or give the manager `migrateState`.',
  ),
  INVALID_CONFIG: row(
    'caller',
    40,
    'The configuration for the plugin or the engine is not valid.',
    'Correct the field that the message names.',
  ),
  INVALID_OPTION: row(
    'caller',
    41,
    'An option, limit or argument is unknown or out of range.',
    'Use one of the names or values that the message lists.',
  ),
  INVALID_INPUT: row(
    'caller',
    42,
    'The input of a call cannot be given to a plugin.',
    'Pass a value that JSON can carry.',
  ),
  UNKNOWN_FUNCTION: row(
    'caller',
    43,
    'The plugin has no function of that name.',
    'Call one of the functions that the message lists.',
  ),
  UNKNOWN_PLUGIN: row('caller', 44, 'No such plugin: the file or id does not exist.', 'Check the path or id.'),
  BUSY: row(
    'caller',
    45,
    'The queue of calls is full.',
    'Call again later, or raise the limits `queue` and `instances`.',
  ),
  CLOSED: row('caller', 46, 'The plugin or the engine is closed.', 'Load it again.'),
  DUPLICATE_ID: row(
    'caller',
    47,
    'A plugin of that id is loaded already.',
    'Pass another `id`, or unload the first one.',
  ),
  UNSUPPORTED_PLATFORM: row(
    'caller',
    48,
    'This Node.js cannot do what was asked.',
    'Use the executor or the Node.js version that the message names.',
  ),
  BUILD_FAILED: row(
    'caller',
    49,
    'The plugin sources do not compile.',
    'Correct the sources, or install what the message names; the compiler output is in the details.',
  ),
  SIGNATURE_INVALID: row(
    'guest',
    50,
    'The signature of the plugin is missing or wrong.',
    'Get the plugin from its publisher again.',
  ),
  INTEGRITY_MISMATCH: row(
    'guest',
    51,
    'The digest of the plugin is not the expected one.',
    'Get the plugin again, or update the pinned digest.',
  ),
  DEPENDENCY_CONFLICT: row(
    'caller',
    52,
    'The dependencies of the plugins cannot be met together.',
    'Change one of the version ranges that the message lists.',
  ),
  INVALID_RECORDING: row(
    'caller',
    57,
    'The file is not a recording, or not one of this plugin.',
    'Record the plugin anew with this version of Ringfence; the message names the line.',
  ),
  REPLAY_DIFFERS: row(
    'caller',
    58,
    'A recorded call ran otherwise this time.',
    'The message names the first difference: another plugin, other prices, or a fault of the engine.',
  ),
  EXECUTOR_CRASHED: row(
    'engine',
    60,
    'The worker or process that ran the call ended.',
    'Call again: the engine has replaced it.',
  ),
  HOST_FUNCTION_FAILED: row(
    'engine',
    61,
    'A host function threw an error of its own.',
    'Correct the host function; its error is the cause.',
  ),
  STORE_FAILED: row(
    'engine',
    62,
    'The data of plugins cannot be read or written.',
    'See the cause; the message names the file.',
  ),
  BUG: row('engine', 70, 'A fault of Ringfence itself.', 'Please report it with the message and the details.'),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;

/** The part of a plugin's life in which an error arose. */
export type ErrorStage =
  | 'options'
  | 'read'
  | 'decode'
  | 'validate'
  | 'meter'
  | 'compile'
  | 'instantiate'
  | 'start'
  | 'call'
  | 'host'
  | 'stop'
  | 'build';

export interface ErrorContext {
  readonly stage?: ErrorStage | undefined;
  /** Id of the plugin that the error is about. */
  readonly plugin?: string | undefined;
  /** Plain data: whatever JSON carries. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
}

/** What crosses threads, processes and JSON. */
export interface ErrorData {
  readonly name: 'RingfenceError';
  readonly code: ErrorCode;
  readonly message: string;
  readonly stage?: ErrorStage | undefined;
  readonly plugin?: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
  readonly cause?: string | ErrorData | undefined;
}

/**
 * Every error that the engine throws or rejects with.
 *
 * @example
 * try { await plugin.call('count', input); }
 * catch (error) { if (isRingfenceError(error, 'OUT_OF_FUEL')) … }
 */
export class RingfenceError extends Error {
  override readonly name = 'RingfenceError';
  readonly code: ErrorCode;
  readonly stage: ErrorStage | undefined;
  readonly plugin: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, context: ErrorContext = {}) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause });
    this.code = code;
    this.stage = context.stage;
    this.plugin = context.plugin;
    this.details = Object.freeze({ ...context.details });
  }

  get family(): ErrorFamily {
    return ERRORS[this.code].family;
  }

  toJSON(): ErrorData {
    const { cause } = this;
    return {
      name: 'RingfenceError',
      code: this.code,
      message: this.message,
      stage: this.stage,
      plugin: this.plugin,
      details: this.details,
      cause:
        cause === undefined ? undefined : cause instanceof RingfenceError ? cause.toJSON() : describeUnknown(cause),
    };
  }

  /** The inverse of {@link toJSON}: what a worker or child sent, as an error again. */
  static fromJSON(data: ErrorData): RingfenceError {
    const { cause } = data;
    return new RingfenceError(data.code, data.message, {
      stage: data.stage,
      plugin: data.plugin,
      details: data.details,
      cause: typeof cause === 'object' ? RingfenceError.fromJSON(cause) : cause,
    });
  }
}

/** True for our errors, also those of another copy of the library; with `code`, only for that one. */
export function isRingfenceError(error: unknown, code?: ErrorCode): error is RingfenceError {
  return (
    error instanceof Error &&
    error.name === 'RingfenceError' &&
    'code' in error &&
    (code === undefined ? Object.hasOwn(ERRORS, String(error.code)) : error.code === code)
  );
}

/** The same error with what an outer stage knows filled in where the inner one left it open. */
export function withContext(error: unknown, context: ErrorContext): RingfenceError {
  if (!isRingfenceError(error)) {
    return new RingfenceError('BUG', `BUG: unexpected ${describeUnknown(error)}`, { ...context, cause: error });
  }
  return new RingfenceError(error.code, error.message, {
    stage: error.stage ?? context.stage,
    plugin: error.plugin ?? context.plugin,
    details: { ...context.details, ...error.details },
    cause: error.cause,
  });
}

/** For states that cannot occur: our fault, never the guest's or the caller's. */
export function bug(message: string, details?: Readonly<Record<string, unknown>>): RingfenceError {
  return new RingfenceError('BUG', `BUG: ${message}`, { details });
}

function describeUnknown(value: unknown): string {
  return value instanceof Error ? `${value.name}: ${value.message}` : String(value);
}
