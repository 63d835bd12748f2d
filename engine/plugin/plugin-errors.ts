/** Errors as a plugin tells them: with its id and its version, and without its secrets. */
import type { HookName } from '../abi/exports.ts';
import { type ErrorStage, RingfenceError, withContext } from '../errors.ts';
import { knownNames } from '../near-miss.ts';
import type { PluginParts } from './parts.ts';

/** A plugin with more functions is not searched for the one that was meant. */
const MOST_COMPARED = 50;

export class PluginErrors {
  readonly #parts: PluginParts;

  constructor(parts: PluginParts) {
    this.#parts = parts;
  }

  /** @param details that the error gets where it has none of that name */
  describe(error: unknown, stage: ErrorStage, details: Readonly<Record<string, unknown>>): RingfenceError {
    const { id, prepared, secrets } = this.#parts;
    const described = withContext(error, {
      stage,
      plugin: id,
      details: { version: prepared.manifest.version, ...details },
    });
    return secrets.strikeError(described);
  }

  unloaded(): RingfenceError {
    return this.describe(new RingfenceError('CLOSED', `The plugin ${this.#parts.id} is unloaded`), 'stop', {});
  }

  /** @param mostCompared of a plugin with more functions it is not said which one was probably meant */
  unknownFunction(name: string, mostCompared = MOST_COMPARED): RingfenceError {
    const { id, prepared } = this.#parts;
    const functions = [...prepared.functions];
    const meant = functions.length <= mostCompared && typeof name === 'string' ? name : '';
    return this.describe(
      new RingfenceError(
        'UNKNOWN_FUNCTION',
        `The plugin ${id} has no function ${JSON.stringify(name)}. ${knownNames(meant, functions, 'Functions are')}`,
      ),
      'call',
      { function: name, functions },
    );
  }

  unknownHook(name: HookName): RingfenceError {
    return this.describe(
      new RingfenceError('UNKNOWN_FUNCTION', `The plugin ${this.#parts.id} does not export \`plugin_${name}\``),
      'call',
      { function: name },
    );
  }

  /** @param waiting names of its host functions that may make it wait */
  notSynchronous(waiting: readonly string[]): RingfenceError {
    const { id, executor } = this.#parts;
    const why =
      waiting.length > 0 ? `${waiting.join(', ')} may make it wait` : `the executor ${executor.name} answers later`;
    return this.describe(
      new RingfenceError('UNSUPPORTED_PLATFORM', `The plugin ${id} cannot be called synchronously: ${why}. Use call()`),
      'call',
      {},
    );
  }
}
