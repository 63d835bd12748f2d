/** `ringfence replay`: runs a recording again, and says whether everything was the same. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { RingfenceError } from '../../errors.ts';
import type { Replay } from '../../index.ts';
import { output, printable } from '../terminal.ts';
import { formatCount } from '../units.ts';

interface Options {
  readonly plugin?: string;
  readonly timeout?: string;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  ringfence run words.wasm count --input @text.json --record count.jsonl
  ringfence replay count.jsonl
  ringfence replay count.jsonl --plugin build/words.wasm

Without --plugin, the plugin's file is looked for beside the recording, here, and in build/.
With --json, one document: { "ok", "replay"?, "error"? }`;

export function replayCommand(): Command {
  return new Command('replay')
    .summary('run a recording again')
    .description('Runs recorded calls with the recorded answers from outside: results and fuel must be the same.')
    .argument('<recording>', 'what `ringfence run --record` or the option `record` wrote')
    .option('-p, --plugin <file>', 'the plugin that was recorded, a .wasm file')
    .option('--timeout <ms>', 'how long each call may take (default: 60000)')
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(file: string, options: Options): Promise<void> {
  const { recordedFile, replay } = await import('../../index.ts');
  const plugin = options.plugin ?? find(file, await recordedFile(file));
  const timeoutMs = options.timeout === undefined ? undefined : Number(options.timeout);
  const result = await replay(file, plugin, { timeoutMs });
  const { difference } = result;
  if (difference !== undefined) {
    const { message, ...details } = difference;
    throw new RingfenceError('REPLAY_DIFFERS', message, { stage: 'call', plugin: result.plugin.name, details });
  }
  output.line(options.json ? JSON.stringify({ ok: true, replay: result }) : summary(result));
}

/** @throws UNKNOWN_PLUGIN */
function find(recording: string, name: string | undefined): string {
  const places = name === undefined ? [] : [join(dirname(recording), name), name, join('build', name)];
  const found = places.find((place) => existsSync(place));
  if (found !== undefined) return found;
  const missing =
    name === undefined ? 'The recording does not say which file its plugin was' : `There is no ${name} near`;
  throw new RingfenceError('UNKNOWN_PLUGIN', `${missing}: say where it is with --plugin <file>`, {
    stage: 'read',
    details: { looked: places },
  });
}

function summary({ plugin, calls, operations, fuel }: Replay): string {
  const others = operations - calls;
  return printable(
    `${output.paint('green', 'the same')} ${plugin.name} ${plugin.version}: ${calls} ${calls === 1 ? 'call' : 'calls'}, ` +
      `${others} ${others === 1 ? 'start or stop' : 'starts and stops'}, ${formatCount(fuel)} fuel`,
  );
}
