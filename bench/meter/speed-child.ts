/** Times the stages of metering on one core: a SpeedJob on stdin, a SpeedSample for each module on stdout. */
import { readFileSync } from 'node:fs';
import { LIMITS } from '../../engine/limits.ts';
import { meterModule } from '../../engine/meter/index.ts';
import { checkModule } from '../../engine/validate/index.ts';
import { SECTION } from '../../engine/wasm/sections/layout.ts';
import { microsecondsSince, now } from '../support/stopwatch.ts';
import type { SpeedJob, SpeedSample } from './job.ts';

type Times = SpeedSample['us'];

const job = JSON.parse(readFileSync(0, 'utf8')) as SpeedJob;
const options = { maxBytes: LIMITS.wasmBytes.max };

/** One round: each stage once. */
function time(bytes: Uint8Array<ArrayBuffer>): Times {
  const begun = now();
  const valid = checkModule(bytes, options);
  const check = microsecondsSince(begun);
  const checked = now();
  meterModule(valid);
  const meter = microsecondsSince(checked);
  const metered = now();
  WebAssembly.validate(bytes);
  return { check, meter, both: check + meter, validate: microsecondsSince(metered) };
}

const least = (a: Times, b: Times): Times => ({
  check: Math.min(a.check, b.check),
  meter: Math.min(a.meter, b.meter),
  both: Math.min(a.both, b.both),
  validate: Math.min(a.validate, b.validate),
});

const modules = job.modules.map(({ name, file }) => ({ name, bytes: new Uint8Array(readFileSync(file)) }));

// V8 has compiled the engine itself, as in a host that loads plugins all day. All modules take part, so that no code is
// specialised to the one that is measured first.
const warm = performance.now() + job.warmUpMs;
for (let i = 0; performance.now() < warm; i++)
  time((modules[i % modules.length] ?? modules[0])?.bytes as Uint8Array<ArrayBuffer>);

const samples = modules.map(({ name, bytes }): SpeedSample => {
  const valid = checkModule(bytes, options);
  const code = valid.module.sections[SECTION.code];
  const { report } = meterModule(valid);
  let us = time(bytes);
  const until = performance.now() + job.roundMs;
  for (let round = 1; round < job.minRounds || performance.now() < until; round++) us = least(us, time(bytes));
  return {
    name,
    bytes: bytes.length,
    codeBytes: code === undefined ? 0 : code.end - code.start,
    functions: report.functions,
    growth: report.bytesOut / report.bytesIn,
    us,
  };
});
process.stdout.write(JSON.stringify(samples));
