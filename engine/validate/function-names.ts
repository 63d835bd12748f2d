/** Names of plugin functions: they stand in exports, on command lines, in URLs and in metrics. */
import { ABI_EXPORTS, FUNCTION_PREFIX } from '../abi/exports.ts';
import { FUNCTION_NAME_PATTERN } from './manifest-schema.ts';
import { JsonProblem } from './plain-json.ts';
import { quote } from './quote.ts';

const PATTERN = new RegExp(FUNCTION_NAME_PATTERN);

/** What is wrong with a name, or undefined. */
export function functionNameProblem(name: string): string | undefined {
  if (!PATTERN.test(name)) return 'a function name is a letter and up to 63 letters, digits or underscores';
  if (Object.hasOwn(ABI_EXPORTS, FUNCTION_PREFIX + name)) {
    return `${FUNCTION_PREFIX}${name} is part of the plugin's life cycle: it is not called by name`;
  }
  // `constructor`, `toString`: they would be found in any plain object that is asked for them.
  if (name in Object.prototype)
    return 'this name is not allowed, because every JavaScript object has a member of that name';
  return undefined;
}

/** @throws JsonProblem */
export function checkFunctionName(name: string, path: string): void {
  const problem = functionNameProblem(name);
  if (problem !== undefined) throw new JsonProblem(path, `${quote(name)}: ${problem}`);
}
