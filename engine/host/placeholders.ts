/**
 * Placeholders in a configuration: `${NAME}` and `${NAME:-default}` for variables of the host's environment that the operator has
 * listed, and `${secret:NAME}`, which stays as it is: the host puts the secret in where it is sent. Only what the operator wrote
 * is looked at, never what a plugin's schema has for defaults.
 */
import { RingfenceError } from '../errors.ts';

export interface PlaceholderSources {
  /** Variables that may be read; undefined leaves `${…}` alone. */
  readonly allowed: readonly string[] | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The value of a secret; undefined if there is none of that name. */
  readonly secret: (name: string) => string | undefined;
  /** Names of all secrets. */
  readonly secrets: readonly string[];
}

/** An escaped `${`, or a placeholder with what is in it; without its `}` where that is missing. */
const PLACEHOLDER = /\$\$\{|\$\{([^}]*)(\}?)/g;
const VARIABLE = /^([A-Za-z_][A-Za-z0-9_]*)(?::-([\s\S]*))?$/;
const SECRET = 'secret:';

/**
 * A copy of `value`, which JSON can carry, with placeholders replaced in its texts.
 * @throws INVALID_CONFIG naming the place, never a value
 */
export function fillPlaceholders<Value>(value: Value, sources: PlaceholderSources): Value {
  return fill(value, sources, '') as Value;
}

function fill(value: unknown, sources: PlaceholderSources, place: string): unknown {
  if (typeof value === 'string') return fillText(value, sources, place);
  if (Array.isArray(value)) return value.map((item, i) => fill(item, sources, `${place}/${i}`));
  if (typeof value !== 'object' || value === null) return value;
  // Not an assignment: that would run the setter of `__proto__`.
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      fill(item, sources, `${place}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
    ]),
  );
}

function fillText(text: string, sources: PlaceholderSources, place: string): string {
  const { allowed } = sources;
  for (const name of sources.secrets) {
    // Whoever reads the configuration, the plugin first of all, would know it.
    if (text.includes(sources.secret(name) as string)) {
      throw invalid(place, `contains the secret ${name} itself. Write \${${SECRET}${name}} in its place`, {
        secret: name,
      });
    }
  }
  return text.replace(PLACEHOLDER, (found, inside: string | undefined, end: string | undefined) => {
    if (inside?.startsWith(SECRET) && end !== '') {
      const name = inside.slice(SECRET.length);
      if (sources.secret(name) !== undefined) return found;
      throw invalid(place, `refers to a secret ${JSON.stringify(name)} that is not among the option \`secrets\``, {
        secret: name,
      });
    }
    if (allowed === undefined) return found;
    if (inside === undefined) return '${';
    const [, name, fallback] = (end === '' ? undefined : VARIABLE.exec(inside)) ?? [];
    if (name === undefined) {
      throw invalid(
        place,
        `has \${ without a placeholder such as \${NAME} or \${NAME:-default}. Write $\${ for the characters`,
        {},
      );
    }
    return readVariable(name, fallback, sources, place);
  });
}

function readVariable(name: string, fallback: string | undefined, sources: PlaceholderSources, place: string): string {
  if (!sources.allowed?.includes(name)) {
    throw invalid(
      place,
      `reads the variable ${name}, which is not allowed. Add to the options: env: [${JSON.stringify(name)}]`,
      {
        variable: name,
      },
    );
  }
  const value = Object.hasOwn(sources.environment, name) ? sources.environment[name] : undefined;
  // As in a shell: `:-` also stands in for a variable that is empty.
  if (fallback !== undefined && (value === undefined || value === '')) return fallback;
  if (value !== undefined) return value;
  throw invalid(place, `reads the variable ${name}, which is not set. Set it, or write \${${name}:-default}`, {
    variable: name,
  });
}

function invalid(place: string, problem: string, details: Readonly<Record<string, string>>): RingfenceError {
  return new RingfenceError('INVALID_CONFIG', `The configuration at ${place || 'the top level'} ${problem}`, {
    stage: 'options',
    details: { path: place, ...details },
  });
}
