/** The values of secrets, from where the operator keeps them. */
import { readFile } from 'node:fs/promises';
import { RingfenceError } from '../errors.ts';
import type { SecretInput } from '../options.ts';

/** @throws INVALID_OPTION naming the secret and where it was looked for, never a value */
export async function readSecrets(
  given: Readonly<Record<string, SecretInput>>,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Readonly<Record<string, string>>> {
  const read = Object.entries(given).map(async ([name, source]) => [name, await readOne(name, source, environment)]);
  return Object.fromEntries(await Promise.all(read));
}

async function readOne(
  name: string,
  source: SecretInput,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  if (typeof source === 'string') return source;
  if ('env' in source) {
    const value = environment[source.env];
    if (value !== undefined) return value;
    throw invalid(name, `the environment variable ${source.env}, which is not set`);
  }
  try {
    // Whatever wrote the file has most likely ended it with a line break.
    return (await readFile(source.file, 'utf8')).replace(/\r?\n$/, '');
  } catch (cause) {
    throw invalid(name, `the file ${source.file}: ${(cause as Error).message}`, cause);
  }
}

function invalid(name: string, from: string, cause?: unknown): RingfenceError {
  return new RingfenceError('INVALID_OPTION', `Expected to read the secret ${name} from ${from}`, {
    stage: 'options',
    details: { option: 'secrets', secret: name },
    cause,
  });
}
