/** What a schema cannot say of a configuration: quantities and their ranges, grants, secrets. Each check is the engine's own. */
import { isRingfenceError } from '../../errors.ts';
import { fillGrants } from '../../grants.ts';
import { fillHttpGrants } from '../../host/http/grants.ts';
import { Secrets } from '../../host/secrets.ts';
import { type ENGINE_LIMITS, type LimitName, type LimitRates, type LimitsInput, parseLimit } from '../../limits.ts';
import { fillEngineOptions, fillLoadOptions } from '../../options.ts';
import { pointerStep } from '../../validate/plain-json.ts';
import type { FoundProblem } from './check-shape.ts';
import type { FileConfiguration, FilePlugin } from './shape.ts';

/** Says whether fuel that is written as time means anything; the number that it comes to is measured when it is used. */
const ANY_MACHINE: LimitRates = { fuelPerMs: () => 1_000_000 };
/** In the place of secrets, whose values are nobody's business here. */
const STAND_IN = '********';

/** @param document of the right shape. Empty where the engine will take all of it. */
export function valueProblems(document: FileConfiguration): readonly FoundProblem[] {
  const { engine = {}, plugins = {} } = document;
  const problems = [...limitProblems(engine.limits, '/engine/limits')];
  for (const name of ['workerHeap', 'maxLiveInstances'] as const) {
    problems.push(...limitProblem(name, engine[name], `/engine/${name}`));
  }
  const { limits: _, workerHeap: __, maxLiveInstances: ___, ...others } = engine;
  problems.push(...attempt('/engine', () => fillEngineOptions(others)));
  for (const [id, plugin] of Object.entries(plugins)) {
    if (plugin !== null) problems.push(...pluginProblems(plugin, `/plugins/${pointerStep(id)}`));
  }
  return problems;
}

function pluginProblems(plugin: FilePlugin, path: string): readonly FoundProblem[] {
  const { limits, instances, grants, config, secrets = {}, reset, executor } = plugin;
  const named = Object.keys(secrets);
  const problems = [
    ...limitProblems(limits, `${path}/limits`),
    ...limitProblem('instances', instances, `${path}/instances`),
    ...attempt(path, () => fillLoadOptions({ config, grants, secrets, reset, executor })),
  ];
  const stood = attempt(
    `${path}/secrets`,
    () => new Secrets(Object.fromEntries(named.map((name) => [name, STAND_IN]))),
  );
  problems.push(...stood);
  if (stood.length === 0 && problems.length === 0) {
    problems.push(
      ...attempt(path, () => {
        const known = new Secrets(Object.fromEntries(named.map((name) => [name, STAND_IN])));
        fillHttpGrants(fillGrants(grants).http as Parameters<typeof fillHttpGrants>[0], known);
      }),
    );
  }
  return problems;
}

function limitProblems(limits: LimitsInput | undefined, path: string): readonly FoundProblem[] {
  return Object.entries(limits ?? {}).flatMap(([name, given]) =>
    limitProblem(name as LimitName, given, `${path}/${pointerStep(name)}`),
  );
}

function limitProblem(
  name: LimitName | keyof typeof ENGINE_LIMITS,
  given: number | string | undefined,
  path: string,
): readonly FoundProblem[] {
  return given === undefined ? [] : attempt(path, () => parseLimit(name, given, ANY_MACHINE));
}

/** What the engine says to it. The option that it names is below `path`. */
function attempt(path: string, step: () => unknown): readonly FoundProblem[] {
  try {
    step();
    return [];
  } catch (error) {
    if (!isRingfenceError(error)) throw error;
    const { where, option: name } = error.details;
    // Of an unknown name, `where` is what it stands in.
    const isUnknown = typeof where === 'string' && where.startsWith('grants.');
    const option = isUnknown ? `${where}.${String(name)}` : name;
    const below = typeof option === 'string' && !path.endsWith(`/${option}`) ? `/${optionPointer(option)}` : '';
    return [{ path: `${path}${below}`, message: error.message, part: isUnknown ? 'name' : 'value' }];
  }
}

/** `grants.http[0].headers` as a JSON pointer. */
const optionPointer = (option: string): string =>
  option
    .replaceAll(/\[(\d+)\]/g, '.$1')
    .split('.')
    .map(pointerStep)
    .join('/');
