/** What commands ask of a running `ringfence start`, and what it answers: one line of JSON each way. */
import type { ErrorData } from '../../errors.ts';
import type { PluginStatus, ReloadReport } from '../../index.ts';

export type ControlRequest =
  | { readonly ask: 'status' }
  | { readonly ask: 'reload'; readonly plugin: string }
  | { readonly ask: 'rollback'; readonly plugin: string; readonly version?: string | undefined };

export interface ControlAnswers {
  readonly status: readonly PluginStatus[];
  readonly reload: ReloadReport;
  readonly rollback: ReloadReport;
}

export type ControlAnswer =
  | { readonly ok: true; readonly value: ControlAnswers[keyof ControlAnswers] }
  | { readonly ok: false; readonly error: ErrorData };

/** Of a request. Answers may be longer: there are many plugins. */
export const MOST_REQUEST_BYTES = 16 * 1024;
export const MOST_ANSWER_BYTES = 16 * 1024 * 1024;

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.length <= 256;

/** @returns undefined for what is no request */
export function readRequest(line: string): ControlRequest | undefined {
  let given: unknown;
  try {
    given = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof given !== 'object' || given === null) return undefined;
  const { ask, plugin, version } = given as Record<string, unknown>;
  if (ask === 'status') return { ask };
  if (!isText(plugin) || (version !== undefined && !isText(version))) return undefined;
  if (ask === 'reload') return { ask, plugin };
  return ask === 'rollback' ? { ask, plugin, version } : undefined;
}
