/** `ringfence inspect`: what a file is, asks for and would be refused for. Nothing of it runs. */
import { Command } from 'commander';
import { exitCodeOf, failureData, printFailure } from '../failure.ts';
import { notes, output } from '../terminal.ts';

const EXAMPLES = `
Examples:
  ringfence inspect words.wasm
  ringfence inspect words.wasm --json | jq .value.manifest.permissions

A file that the engine would refuse is shown as far as it can be read; the refusal goes to standard error and gives the
exit status. With --json, one document: { "ok", "value"?, "error"?: { "code", "message", "details" } }`;

export function inspectCommand(): Command {
  return new Command('inspect')
    .summary('show what a plugin is and asks for, without running it')
    .description(
      'Shows imports, exports, permissions with their reasons, limits, digest and sizes, without running anything.',
    )
    .argument('<file>', 'a .wasm file')
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(inspect);
}

async function inspect(file: string, { json }: { readonly json?: true }): Promise<void> {
  const [{ inspectFile }, { inspectionLines }] = await Promise.all([
    import('../inspection.ts'),
    import('../inspection-text.ts'),
  ]);
  const { inspection, refusal } = await inspectFile(file);
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
