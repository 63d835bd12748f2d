/** From what V8 throws when a guest ends to our errors: which trap it was, in which function. */
import { oneLine } from '../abi/one-line.ts';
import { isRingfenceError, RingfenceError } from '../errors.ts';
import { isStackOverflow } from '../host/imports.ts';

/** V8's messages, and the names that the WebAssembly specification gives to the traps. */
const TRAPS: ReadonlyMap<string, string> = new Map([
  ['unreachable', 'unreachable'],
  ['memory access out of bounds', 'out of bounds memory access'],
  ['divide by zero', 'integer divide by zero'],
  ['remainder by zero', 'integer divide by zero'],
  ['divide result unrepresentable', 'integer overflow'],
  ['float unrepresentable in integer range', 'invalid conversion to integer'],
  ['table index is out of bounds', 'out of bounds table access'],
  ['null function or function signature mismatch', 'indirect call type mismatch'],
  ['dereferencing a null pointer', 'null reference'],
  ['rethrowing null value', 'null exception reference'],
  ['illegal cast', 'cast failure'],
]);
/** Those whose messages carry an index. */
const INDEXED_TRAPS: readonly (readonly [pattern: RegExp, kind: string])[] = [
  [/data segment.*out of bounds/, 'out of bounds memory access'],
  [/(?:element|table) segment.*out of bounds/, 'out of bounds table access'],
];

export interface TrapFrame {
  /** From the name section, where there is one. */
  readonly function?: string;
  /** Index in the plugin's own function index space. */
  readonly index: number;
  /** Offset in the metered module. */
  readonly offset: number;
}

export interface TrapContext {
  readonly stackOverflow: boolean;
  readonly importedFunctions: number;
  /** What metering added to the index of each function that the module defines. */
  readonly functionIndexShift: number;
  /** Limit on the counted stack. */
  readonly stackDepth: number;
}

/** The error for what ended a guest: ours as it is, V8's by its kind. */
export function describeEnd(error: unknown, context: TrapContext): RingfenceError {
  if (isRingfenceError(error)) return error as RingfenceError;
  if (context.stackOverflow || isStackOverflow(error)) {
    return new RingfenceError(
      'STACK_OVERFLOW',
      `The plugin nested its calls too deep (limit \`stackDepth\`: ${context.stackDepth} words)`,
      {
        details: { limit: 'stackDepth', allowed: context.stackDepth, frames: framesOf(error, context) },
      },
    );
  }
  if (error instanceof WebAssembly.RuntimeError) {
    const kind = kindOf(error.message);
    return trap(kind, `The plugin trapped: ${kind}`, error, context);
  }
  if (error instanceof WebAssembly.Exception) {
    const kind = 'uncaught exception';
    return trap(kind, 'The plugin threw an exception that nothing in it caught', error, context);
  }
  return new RingfenceError('BUG', `BUG: unexpected ${String(error)} out of a plugin`, { cause: error });
}

function trap(kind: string, message: string, error: unknown, context: TrapContext): RingfenceError {
  const frames = framesOf(error, context);
  const [first] = frames;
  const where = first === undefined ? '' : ` in ${first.function ?? `function ${first.index}`}`;
  return new RingfenceError('TRAP', `${message}${where}`, { details: { kind, frames } });
}

function kindOf(message: string): string {
  return TRAPS.get(message) ?? INDEXED_TRAPS.find(([pattern]) => pattern.test(message))?.[1] ?? oneLine(message, 200);
}

const FRAME = /^ +at (?:(.{1,300}?) \()?wasm:\/\/wasm\/[^:]{0,300}:wasm-function\[(\d+)\]:0x([0-9a-f]+)\)?$/;

/** The guest's frames of a stack, innermost first. Names come from the module: they are data, not trusted text. */
function framesOf(error: unknown, { importedFunctions, functionIndexShift }: TrapContext): TrapFrame[] {
  const stack = error instanceof Error ? error.stack : undefined;
  return (stack ?? '').split('\n').flatMap((line) => {
    const match = FRAME.exec(line);
    if (match === null) return [];
    const [, name, index = '0', offset = '0'] = match;
    const own = Number(index) - functionIndexShift;
    return {
      ...(name === undefined ? {} : { function: oneLine(name, 200) }),
      index: own < importedFunctions ? Number(index) : own,
      offset: Number.parseInt(offset, 16),
    };
  });
}
