#!/usr/bin/env node
/** The command `ringfence`. Everything else is loaded behind this check: an old Node.js could not even parse it. */
import { nodeProblem } from '../node-version.ts';

const problem = nodeProblem();
if (problem !== undefined) {
  process.stderr.write(`error UNSUPPORTED_PLATFORM: ${problem}\n`);
  process.exitCode = 48;
} else {
  const { runCli } = await import('./program.ts');
  await runCli(process.argv.slice(2));
}
