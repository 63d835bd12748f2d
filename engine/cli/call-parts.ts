/** The parts of a call that a command line names: function, input, limits. */
import { takesText } from '../abi/values.ts';
import { RingfenceError } from '../errors.ts';
import type { LoadOptions, Plugin } from '../index.ts';
import { parseJson, splitPair, textOf } from './given-values.ts';

/** What the input means to this plugin: JSON, or text where its contract knows no JSON. */
export function inputFor(input: Uint8Array | undefined, { info: { contract } }: Plugin): unknown {
  return input === undefined
    ? undefined
    : takesText(contract)
      ? textOf(input)
      : parseJson('--input', input, 'INVALID_INPUT');
}

/** @throws USAGE where there is more than one */
export function onlyFunction({ id, info: { functions } }: Plugin): string {
  const [only, second] = functions;
  if (only !== undefined && second === undefined) return only;
  throw new RingfenceError(
    'USAGE',
    `Expected the name of a function behind the file: the plugin ${id} has ${functions.join(', ')}`,
    { stage: 'options', details: { functions } },
  );
}

/** Names and values are checked by the engine, which knows them. */
export function limitsOf(given: readonly string[] = []): NonNullable<LoadOptions['limits']> {
  return Object.fromEntries(given.map((pair) => splitPair('--limit', pair, 'name=value, such as fuel=5M')));
}
