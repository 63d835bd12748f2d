/** `ringfence inspect`: what a file is, asks for and would be refused for. Nothing of it runs. */
import { Command } from 'commander';
import { RingfenceError } from '../../errors.ts';
import { exitCodeOf, failureData, printFailure } from '../failure.ts';
import { notes, output } from '../terminal.ts';

const EXAMPLES = `
Examples:
  ringfence inspect words.wasm
  ringfence inspect words.wasm --json | jq .value.manifest.permissions
  ringfence inspect plugins/words
  ringfence inspect words-2.0.0.wasm --against words-1.9.0.wasm
  ringfence inspect words.wasm --fuel --function count

A file that the engine would refuse is shown as far as it can be read; the refusal goes to standard error and gives the
exit status. With --json, one document: { "ok", "value"?, "error"?: { "code", "message", "details" } }`;

export function inspectCommand(): Command {
  return new Command('inspect')
    .summary('show what a plugin is and asks for, without running it')
    .description(
      'Shows imports, exports, permissions with their reasons, limits, digest and sizes, without running anything.',
    )
    .argument('<file>', "a .wasm file, or a plugin's folder: then the build that would be loaded here, and why")
    .option('--against <file>', 'also show what it asks for that another version of it did not')
    .option('--fuel', 'show where the module is charged and looks at its fuel, beside its code')
    .option('--function <name>', 'with --fuel: only this function, by name or index')
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(inspect);
}

interface InspectOptions {
  readonly json?: true;
  readonly against?: string;
  readonly fuel?: true;
  readonly function?: string;
}

async function inspect(file: string, options: InspectOptions): Promise<void> {
  if (options.function !== undefined && !options.fuel) {
    throw new RingfenceError('USAGE', '`--function` says what `--fuel` is to show: give both', { stage: 'options' });
  }
  await (options.fuel ? inspectFuel(file, options) : inspectPlugin(file, options));
}

async function inspectFuel(file: string, { json, function: only }: InspectOptions): Promise<void> {
  const { listFuel, printFuelListing } = await import('../fuel-listing.ts');
  const listed = await listFuel(file, only);
  if (json) output.line(JSON.stringify({ ok: true, value: listed.listing }));
  else printFuelListing(listed, (line) => output.line(line));
}

async function inspectPlugin(file: string, { json, against }: InspectOptions): Promise<void> {
  const [{ inspectFile }, { inspectionLines }] = await Promise.all([
    import('../inspection.ts'),
    import('../inspection-text.ts'),
  ]);
  const { inspection, refusal } = await inspectFile(file, against);
  if (refusal !== undefined) process.exitCode = exitCodeOf(refusal);
  if (json) {
    const error = refusal === undefined ? {} : { error: failureData(refusal) };
    output.line(JSON.stringify({ ok: refusal === undefined, value: inspection, ...error }));
    return;
  }
  for (const line of inspectionLines(inspection)) output.line(line);
  if (refusal === undefined) return;
  notes.line();
  printFailure(refusal);
}
