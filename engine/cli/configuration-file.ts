/** The configuration file of a command: the one that is named, or the one that lies here. */
import { existsSync } from 'node:fs';
import { RingfenceError } from '../errors.ts';
import type { ConfigurationFinding, LoadedConfiguration } from '../manager/configuration/load-configuration.ts';
import { describeProblem } from '../manager/configuration/problems.ts';
import { CONFIGURATION_FILES } from '../manager/configuration/read-configuration.ts';
import { escapeInvisible } from '../validate/quote.ts';
import { notes, printable } from './terminal.ts';

/** @throws INVALID_CONFIG where none is named and none lies here */
export function configurationFile(given: string | undefined): string {
  const found = given ?? CONFIGURATION_FILES.find((name) => existsSync(name));
  if (found !== undefined) return found;
  throw new RingfenceError(
    'INVALID_CONFIG',
    `There is no configuration here: expected ${CONFIGURATION_FILES.join(', ')}, or the path of one`,
    { stage: 'options' },
  );
}

/** "ringfence.yaml:4:11: …": a finding with the line that speaks of it, where one does. */
export function findingText({ message, path }: ConfigurationFinding, { locations }: LoadedConfiguration): string {
  if (path === undefined) return escapeInvisible(message);
  return describeProblem(locations.file, { path: '', message, ...locations.locate(path) });
}

export function printFindings(loaded: LoadedConfiguration): void {
  for (const finding of loaded.findings) {
    notes.line(`${notes.paint('yellow', 'found')} ${printable(findingText(finding, loaded))}`);
  }
}
