#!/usr/bin/env node
/** The command `ringfence`. Everything else is loaded behind this check: an old Node.js could not even parse it. */
const NEEDED = [22, 19] as const;
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
  process.stderr.write(
    `error UNSUPPORTED_PLATFORM: Ringfence needs Node.js ${NEEDED.join('.')} or later, this is ${process.versions.node}\n`,
  );
  process.exitCode = 48;
} else {
  const { runCli } = await import('./program.ts');
  await runCli(process.argv.slice(2));
}
