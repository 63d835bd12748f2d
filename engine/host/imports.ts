/**
 * From rows of the host table to functions that a guest may call.
 *
 * A guest must not see a JavaScript exception: it could catch it and go on. Whatever goes wrong in a host function is kept in
 * the account as the reason why the call ended, and the guest gets the real trap that nothing in it can catch.
 */
import { bug, RingfenceError } from '../errors.ts';
import type { HostContext, HostServices } from './context.ts';
import { type Answer, type AsyncHostFunction, type HostFunction, isAsync, type SyncHostFunction } from './function.ts';
import { TRAP } from './trap.ts';

/** What is missing of the arguments is undefined, and nobody looks at it. */
export type Import = (a: number, b: number, c: number, d: number, e: number, f: number) => Answer;

/** What an asynchronous row needs of the instance that imports it. */
export interface Suspension {
  /** Whether the guest can be suspended right now. */
  readonly isPossible: () => boolean;
  /** Has the guest wait as soon as the import has returned. */
  readonly request: () => void;
}

/**
 * The function to import for a row of the table. Its base price is no matter here: the metered module pays that before it calls.
 *
 * One with as many parameters as the guest passes, for rows that take few: arguments that V8 has to make up would be a tenth of a
 * short call, and calls of unlike rows in one place another.
 */
export function wrap(row: SyncHostFunction, host: HostContext): Import {
  const { params } = row;
  const call = row.bind?.(host) ?? row.call;
  const { account } = host;
  if (row.spans !== undefined || params.length > 2) return wrapLong(row, host);
  const none = (): Answer => {
    try {
      if (!account.enter()) throw TRAP;
      return call(host, 0, 0, 0, 0, 0, 0);
    } catch (error) {
      throw end(row, host, error);
    }
  };
  const one = (a: number): Answer => {
    try {
      if (!account.enter()) throw TRAP;
      return call(host, a, 0, 0, 0, 0, 0);
    } catch (error) {
      throw end(row, host, error);
    }
  };
  const two = (a: number, b: number): Answer => {
    try {
      if (!account.enter()) throw TRAP;
      return call(host, a, b, 0, 0, 0, 0);
    } catch (error) {
      throw end(row, host, error);
    }
  };
  return [none, one, two][params.length] as Import;
}

function wrapLong(row: SyncHostFunction, host: HostContext): Import {
  const { call } = row;
  return (a, b, c, d, e, f) => {
    try {
      if (!admit(row, host, a, b, c, d, e)) throw TRAP;
      return call(host, a, b, c, d, e, f);
    } catch (error) {
      throw end(row, host, error);
    }
  };
}

/** Counts a call of `row`, checks its spans and charges by the byte. False when the call has to end instead. */
function admit(
  { price, spans, name }: HostFunction,
  { account, memory }: HostContext,
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
): boolean {
  if (!account.enter()) return false;
  if (spans === undefined) return true;
  let bytes = 0;
  for (let i = 0; i < spans.length; i++) {
    const at = spans[i];
    const pointer = at === 0 ? a : at === 1 ? b : at === 2 ? c : d;
    const length = at === 0 ? b : at === 1 ? c : at === 2 ? d : e;
    // Before the charge: a length that is no length is a bad pointer, not a lack of fuel.
    memory.check(pointer, length, name);
    bytes += length >>> 0;
  }
  return price.perByte === undefined || account.charge(bytes * price.perByte);
}

/**
 * An asynchronous row in two parts. `enter` runs first and like any host function: as a rule it has the answer. If there is a
 * promise instead it requests suspension, and `wait` gives the promise. They are apart because V8 throws an exception that
 * guests can catch when it cannot suspend: `enter` makes sure it can.
 */
export function wrapAsync(
  row: AsyncHostFunction,
  host: HostContext,
  suspension: Suspension,
): { readonly enter: Import; readonly wait: () => Promise<Answer> } {
  const nothing = row.results[0] === 'i64' ? 0n : 0;
  let pending: Promise<Answer> | undefined;
  return {
    enter: (a, b, c, d, e, f) => {
      try {
        if (!admit(row, host, a, b, c, d, e)) throw TRAP;
        // Before the work: it must not be done in vain.
        if (!suspension.isPossible()) throw cannotWait(row);
        const answer = row.wait(host, a, b, c, d, e, f);
        // Only a promise is an object: asking what it is would be most of such a call.
        if (typeof answer !== 'object') return answer;
        pending = host.account.wait(answer);
        suspension.request();
        return nothing;
      } catch (error) {
        throw end(row, host, error);
      }
    },
    wait: async () => {
      const work = pending;
      pending = undefined;
      try {
        return await work;
      } catch (error) {
        throw end(row, host, error);
      }
    },
  };
}

/** An asynchronous row as it is imported where it never waits: as any other. */
export function answering(row: AsyncHostFunction): SyncHostFunction {
  const { name, wait } = row;
  return {
    ...row,
    call: (host, a, b, c, d, e, f) => {
      const answer = wait(host, a, b, c, d, e, f);
      if (typeof answer !== 'object') return answer;
      answer.catch(() => {});
      throw bug(`${name} makes its plugin wait, and has said that it never does`);
    },
  };
}

/** A row as it is imported where its capability is not granted: of its work nothing is left. */
export function refusing(row: HostFunction, refusal: string): SyncHostFunction {
  const { module, name, capability, params, results, price, refuse } = row;
  return {
    ...(module === undefined ? {} : { module }),
    ...{ name, capability, params, results, price },
    call: (host) => {
      if (refuse !== undefined) return refuse(host, refusal);
      throw new RingfenceError('PERMISSION_DENIED', `The plugin called ${name}. ${refusal}`, {
        details: { import: name, capability },
      });
    },
  };
}

/** Those of the rows that may make their plugin wait, given these services. */
export function waitingRows(rows: readonly HostFunction[], services: HostServices): readonly AsyncHostFunction[] {
  return rows.filter(isAsync).filter((row) => row.mayWait(services));
}

function cannotWait({ name }: AsyncHostFunction): RingfenceError {
  return new RingfenceError(
    'TRAP',
    `The plugin called ${name} where it cannot wait: inside its malloc or free, or in a synchronous call`,
    { details: { kind: 'cannot wait', import: name } },
  );
}

/** Keeps why the call ends. @returns what to throw into the guest */
function end(row: HostFunction, host: HostContext, error: unknown): unknown {
  const { account, memory } = host;
  if (error !== TRAP) {
    // Guest code that the handler called, its malloc, trapped.
    if (memory.inHeap && !(error instanceof RingfenceError)) account.endTrapped(error);
    else account.end(error instanceof RingfenceError || isStackOverflow(error) ? error : failed(row, error));
  }
  return TRAP;
}

/** V8's stack is used up: the guest was deep in calls, and the host function had no room left. */
export const isStackOverflow = (error: unknown): boolean =>
  error instanceof RangeError && error.message.includes('call stack');

function failed(row: HostFunction, cause: unknown): RingfenceError {
  const said = cause instanceof Error ? cause.message : String(cause);
  return new RingfenceError('HOST_FUNCTION_FAILED', `The host function ${row.name} failed: ${said}`, {
    stage: 'host',
    details: { import: row.name },
    cause,
  });
}
