/** What `call` takes and gives, by the contract of the plugin: JSON with most of them, text with those that know no better. */
import type { SpokenContract } from './contract.ts';
import { decodeOutput, encodeInput } from './json.ts';

/** Contracts whose guests take and give any bytes. */
const TEXT_CONTRACTS: ReadonlySet<SpokenContract> = new Set(['extism', 'wasi-p1-command']);

/** Whether text goes to the plugin as it is, not as JSON text with its quotes. */
export const takesText = (contract: SpokenContract): boolean => TEXT_CONTRACTS.has(contract);

/** The text of a call's input. @throws INVALID_INPUT for what JSON cannot carry */
export function encodeValue(contract: SpokenContract, value: unknown): string {
  return typeof value === 'string' && takesText(contract) ? value : encodeInput(value);
}

/**
 * The value of a call's output. Where the contract has any text, what is no JSON is a string.
 * @throws BAD_OUTPUT
 */
export function decodeValue(contract: SpokenContract, text: string, name: string): unknown {
  if (!takesText(contract)) return decodeOutput(text, name);
  try {
    return decodeOutput(text, name);
  } catch {
    return text;
  }
}
