/** Which of several builds of a plugin runs here: the first in the manifest's order that this platform can run. */
import satisfies from 'semver/functions/satisfies.js';
import type { Variant } from '../../validate/index.ts';
import { HOST_PLATFORM, type Platform } from './platform.ts';

export interface VariantVerdict {
  readonly file: string;
  readonly isChosen: boolean;
  /** Why, for people. */
  readonly reason: string;
}

export interface VariantChoice {
  /** Undefined where none of them can run. */
  readonly file: string | undefined;
  /** One for each build, in the manifest's order. */
  readonly verdicts: readonly VariantVerdict[];
}

/**
 * Chooses a build.
 * @param unusable what is wrong with a file itself, such as that it is not there; undefined for one that can be read
 */
export function chooseVariant(
  variants: readonly Variant[],
  unusable: (file: string) => string | undefined = () => undefined,
  platform: Platform = HOST_PLATFORM,
): VariantChoice {
  let chosen: string | undefined;
  const verdicts = variants.map((variant, i): VariantVerdict => {
    const { file } = variant;
    const obstacle = obstacleOf(variant, platform) ?? unusable(file);
    if (obstacle !== undefined) return { file, isChosen: false, reason: obstacle };
    if (chosen !== undefined) return { file, isChosen: false, reason: `could run, but ${chosen} comes first` };
    chosen = file;
    return { file, isChosen: true, reason: reasonFor(variant, i) };
  });
  return { file: chosen, verdicts };
}

function obstacleOf({ needs = [], node }: Variant, platform: Platform): string | undefined {
  for (const need of needs) {
    const lack = platform.lacks(need);
    if (lack !== undefined) return `needs ${need}, ${lack}`;
  }
  if (node !== undefined && !satisfies(platform.node, node, { includePrerelease: true })) {
    return `is for Node.js ${node}, and this is ${platform.node}`;
  }
  return undefined;
}

function reasonFor({ needs = [], node }: Variant, index: number): string {
  const met = [...needs, ...(node === undefined ? [] : [`Node.js ${node}`])];
  const order = index === 0 ? 'the first' : 'the first that can run here';
  return met.length === 0
    ? `${order}; it needs nothing in particular`
    : `${order}; what it needs is here: ${met.join(', ')}`;
}
