// Typed errors. AssemblyScript has no exceptions, so a failure is kept aside and the call reports it when it returns.

import { Json } from "./json/json";

/** What a plugin function reports instead of a result. */
@final
export class Failure {
  constructor(
    /** For programs: stable, upper case with underscores, "NOT_FOUND". */
    public readonly code: string,
    /** For people: what was expected and what came. */
    public readonly message: string,
    /** Anything that helps: it reaches the caller as `details`. */
    public readonly details: Json | null,
  ) {}
}

let current: Failure | null = null;

/**
 * Makes the running call fail with a code, a message and optional details; the caller gets them as a `GUEST_ERROR`.
 * Whatever the function then returns is dropped. The first failure of a call counts: later ones are mostly its consequences.
 *
 *     if (b == 0) return fail<f64>("DIVIDE_BY_ZERO", "b must not be zero");
 *
 * `fail` returns an empty value of the type that you name (0, "", an empty array, `null`), so that it fits behind `return`.
 */
export function fail<T = void>(code: string, message: string, details: Json | null = null): T {
  if (current == null) current = new Failure(code, message, details);
  return empty<T>();
}

/** True once `fail` was called in this call. */
export function failed(): bool {
  return current != null;
}

/** Takes the failure back, for example to try something else or to report another: the call is no longer failing. */
export function recover(): Failure | null {
  const taken = current;
  current = null;
  return taken;
}

// @ts-ignore: decorator
@inline
function empty<T>(): T {
  if (isVoid<T>()) {
    return;
  } else if (isInteger<T>() || isFloat<T>()) {
    return <T>0;
  } else if (isNullable<T>()) {
    return changetype<T>(0);
  } else if (isString<T>()) {
    return changetype<T>("");
  } else if (idof<T>() == idof<Json>()) {
    return changetype<T>(Json.missing);
  } else if (isArrayLike<T>()) {
    return instantiate<T>(0);
  } else {
    ERROR("fail<T> has no empty value of this type: write fail<T | null>, and let the function return T | null");
  }
}
