/** What is measured: names, and what is held against what. */
import type { Comparison } from '../support/comparison.ts';

/** A host function of the table that finds nothing to do: `json_free` of no handle. */
export const NOOP = 'noop';
/** A function of the application that does nothing. */
export const CUSTOM = 'custom-noop';
export const LOG = 'log';
/** Text of a small document to a handle, and the handle given back. */
export const JSON_PARSE = 'json-parse';
/** The same text read by a library inside the guest, into a class. */
export const JSON_AS = 'json-as';
export const KV_SET = 'kv-set';
export const KV_GET = 'kv-get';
/** The same loops in modules that are not metered, over imports that a program writes by hand. */
export const PLAIN = 'plain-import';
export const PLAIN_LOG = 'plain-log';
export const PLAIN_PARSE = 'plain-json-parse';
export const PLAIN_SET = 'plain-map-set';
export const PLAIN_GET = 'plain-map-get';
/** {@link PLAIN} again. */
export const CONTROL = 'control';

export const COMPARISONS: readonly Comparison[] = [
  { subject: NOOP, baseline: PLAIN },
  { subject: CUSTOM, baseline: PLAIN },
  { subject: LOG, baseline: PLAIN_LOG },
  { subject: JSON_PARSE, baseline: PLAIN_PARSE },
  { subject: JSON_AS, baseline: JSON_PARSE },
  { subject: KV_SET, baseline: PLAIN_SET },
  { subject: KV_GET, baseline: PLAIN_GET },
  { subject: CONTROL, baseline: PLAIN },
];

/** Instances in the process that take turns, of each side. What one of them calls V8 may see through; of several it cannot. */
export const INSTANCES: Readonly<Record<string, number>> = { '1 instance': 1, '8 instances': 8 };
