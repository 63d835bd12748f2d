/** From what the operator wrote to the configuration that a plugin gets. */
import { RingfenceError } from '../errors.ts';
import { compileGuestSchema, type JsonSchema } from '../validate/index.ts';
import { fillPlaceholders, type PlaceholderSources } from './placeholders.ts';

export type PluginConfig = Readonly<Record<string, unknown>>;

/**
 * Fills in placeholders, then the defaults of the plugin's own schema, and checks the result by it. In this order: a default is
 * the plugin's text, and must not read anything of the host.
 * @param given a copy that may be changed
 * @throws INVALID_CONFIG
 */
export function makeConfig(
  schema: JsonSchema | undefined,
  given: Record<string, unknown>,
  sources: PlaceholderSources,
): PluginConfig {
  if (schema === undefined && Object.keys(given).length === 0) return given;
  const config = fillPlaceholders(given, sources);
  const problem = schema === undefined ? undefined : compileGuestSchema(schema, { fillDefaults: true })(config);
  if (problem === undefined) return config;
  throw new RingfenceError('INVALID_CONFIG', `The configuration does not fit what the plugin expects: ${problem}`, {
    stage: 'options',
    details: { problem },
  });
}
