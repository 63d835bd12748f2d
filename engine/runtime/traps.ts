/** From what V8 throws when a guest ends to our errors: which trap it was, in which function. */
import { oneLine } from '../abi/one-line.ts';
import { isRingfenceError, RingfenceError } from '../errors.ts';
import { isStackOverflow } from '../host/imports.ts';
import type { EngineReport } from '../meter/index.ts';
import type { CodePlaces } from './code-places.ts';
import type { Instantiable } from './runnable.ts';
import { describeFrame, type TrapFrame } from './trap-frame.ts';

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
  ['function signature mismatch', 'indirect call type mismatch'],
  ['dereferencing a null pointer', 'null reference'],
  ['rethrowing null value', 'null exception reference'],
  ['illegal cast', 'cast failure'],
]);
/** Those whose messages carry an index. */
const INDEXED_TRAPS: readonly (readonly [pattern: RegExp, kind: string])[] = [
  [/data segment.*out of bounds/, 'out of bounds memory access'],
  [/(?:element|table) segment.*out of bounds/, 'out of bounds table access'],
];

/** How allocators end that get no more memory: they trap, or answer with an address that leads nowhere. */
const ENDS_OF_ALLOCATORS: ReadonlySet<string> = new Set(['unreachable', 'out of bounds memory access']);
/** Of the limit. What an allocator asks for last may be much, so that some is left when it gets nothing. */
const NEARLY_ALL = 7 / 8;

export interface TrapContext {
  /** The counted stack was used up. */
  readonly stackOverflow: boolean;
  /** Limit on it. */
  readonly stackDepth: number;
  /** Bytes of its memory when it ended. */
  readonly memoryBytes: number;
  /** Limit on them. */
  readonly memoryLimit: number;
  readonly report: Pick<EngineReport, 'functions' | 'importedFunctions' | 'functionIndexShift'>;
  /** Names of the plugin's functions by index, as far as the module has them. */
  readonly names: () => ReadonlyMap<number, string>;
  readonly places: Pick<CodePlaces, 'ofMetered'>;
}

/** Of an instance of that plugin. */
export function trapContext(
  { report, limits, functionNames, places }: Instantiable,
  memoryBytes: number,
  stackOverflow: boolean,
): TrapContext {
  const { stackDepth, memory: memoryLimit } = limits;
  return { stackOverflow, stackDepth, memoryBytes, memoryLimit, report, names: functionNames, places };
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
    return mayBeOutOfMemory(kind, context)
      ? trapWithoutMemory(kind, error, context)
      : trap(kind, `The plugin trapped: ${kind}`, error, context);
  }
  if (error instanceof WebAssembly.Exception) {
    const kind = 'uncaught exception';
    return trap(kind, 'The plugin threw an exception that nothing in it caught', error, context);
  }
  return new RingfenceError('BUG', `BUG: unexpected ${String(error)} out of a plugin`, { cause: error });
}

function mayBeOutOfMemory(kind: string, { memoryBytes, memoryLimit }: TrapContext): boolean {
  return ENDS_OF_ALLOCATORS.has(kind) && memoryBytes >= memoryLimit * NEARLY_ALL;
}

/** Nothing else tells its author that the memory was used up. */
function trapWithoutMemory(kind: string, error: unknown, context: TrapContext): RingfenceError {
  const { memoryBytes, memoryLimit } = context;
  const memory = `${memoryBytes} of the ${memoryLimit} bytes of memory that it may have (limit \`memory\`)`;
  return trap(kind, `The plugin trapped, with ${memory}: ${kind}`, error, context, { memoryBytes, memoryLimit });
}

function trap(kind: string, message: string, error: unknown, context: TrapContext, more: object = {}): RingfenceError {
  const frames = framesOf(error, context);
  return new RingfenceError('TRAP', message + placeOf(frames), { details: { kind, frames, ...more } });
}

function placeOf([first]: readonly TrapFrame[]): string {
  return first === undefined ? '' : ` in ${describeFrame(first)}`;
}

/** Finds the places of an error of {@link describeEnd} that was made where neither names nor places are known. */
export function locateFrames(error: RingfenceError, context: Pick<TrapContext, 'names' | 'places'>): RingfenceError {
  const { frames } = error.details as { readonly frames?: readonly TrapFrame[] };
  if (!Array.isArray(frames) || frames.length === 0) return error;
  const located = frames.flatMap(({ index, offset }) => locate(index, offset, context));
  const place = placeOf(frames);
  const message = error.message.endsWith(place)
    ? error.message.slice(0, -place.length) + placeOf(located)
    : error.message;
  const { code, stage, plugin, cause } = error;
  return new RingfenceError(code, message, { stage, plugin, cause, details: { ...error.details, frames: located } });
}

/** None for code that metering added. */
function locate(
  index: number,
  meteredOffset: number,
  { names, places }: Pick<TrapContext, 'names' | 'places'>,
): TrapFrame[] {
  const place = places.ofMetered(meteredOffset);
  if (place === undefined) return [];
  const name = names().get(index);
  // Whatever the module says: data, not trusted text.
  return [{ ...(name === undefined ? {} : { function: oneLine(name, 200) }), index, ...place }];
}

function kindOf(message: string): string {
  return TRAPS.get(message) ?? INDEXED_TRAPS.find(([pattern]) => pattern.test(message))?.[1] ?? oneLine(message, 200);
}

const FRAME = /^ +at .{0,1000}wasm:\/\/wasm\/[^:]{0,300}:wasm-function\[(\d+)\]:0x([0-9a-f]+)\)?$/;

/** The plugin's own frames of a stack, innermost first; those of functions that metering added are left out. */
function framesOf(error: unknown, { report, names, places }: TrapContext): TrapFrame[] {
  const { importedFunctions, functions, functionIndexShift } = report;
  const stack = error instanceof Error ? error.stack : undefined;
  return (stack ?? '').split('\n').flatMap((line) => {
    const [, metered, offset] = FRAME.exec(line) ?? [];
    const index = Number(metered) - functionIndexShift;
    if (offset === undefined || index < importedFunctions || index >= importedFunctions + functions) return [];
    return locate(index, Number.parseInt(offset, 16), { names, places });
  });
}
