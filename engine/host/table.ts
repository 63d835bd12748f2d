/** The host table: every function that a plugin may import from the module `env`. */
import type { HostSignatures } from '../validate/imports.ts';
import { CALLS } from './calls.ts';
import { CLOCK } from './clock.ts';
import { CONFIG } from './config.ts';
import { ERROR } from './error.ts';
import { EVENTS } from './events.ts';
import type { HostFunction } from './function.ts';
import { FUNCTION_NAME } from './function-name.ts';
import { HTTP } from './http.ts';
import { JSON_FUNCTIONS } from './json.ts';
import { KV } from './kv.ts';
import { LOG } from './log.ts';
import { PERMISSION } from './permission.ts';
import { RANDOM } from './random.ts';
import { TEXT_REQUESTS } from './text-requests.ts';

/** Rows by name. */
export const HOST_FUNCTIONS: ReadonlyMap<string, HostFunction> = new Map(
  [
    ...LOG,
    ...ERROR,
    ...CONFIG,
    ...FUNCTION_NAME,
    ...PERMISSION,
    ...JSON_FUNCTIONS,
    ...CLOCK,
    ...RANDOM,
    ...KV,
    ...HTTP,
    ...EVENTS,
    ...CALLS,
    ...TEXT_REQUESTS,
  ].map((row) => [row.name, row]),
);

/** What the validator compares a module's imports with. */
export const HOST_SIGNATURES: HostSignatures = new Map(
  [...HOST_FUNCTIONS.values()].map(({ name, capability, params, results, price }) => [
    name,
    { type: { params, results }, capability, cost: price.base },
  ]),
);
