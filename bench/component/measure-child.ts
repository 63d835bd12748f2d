/** The measuring process: a ChildJob on stdin, Sample[] on stdout. */
import { readFileSync } from 'node:fs';
import { createEngine } from '../../engine/index.ts';
import { random } from '../../test/support/random.ts';
import { worldComponent } from '../../test/support/world-component.ts';
import type { ChildJob } from '../support/command-line.ts';
import type { Sample } from '../support/comparison.ts';
import { shuffle } from '../support/shuffle.ts';
import { atOnce, awaited, takeTurns, type Variant } from '../support/turns.ts';
import { jcoCall } from './jco-call.ts';
import { linkedCall } from './linked-call.ts';
import { AWAITED, CONTROL, hasTranspiler, JCO, LINKED, SYNC, WORK, type Work } from './subjects.ts';

const job = JSON.parse(readFileSync(0, 'utf8')) as ChildJob;
const below = random(job.seed);
const OPTIONS = {
  rounds: job.quick ? 3 : 14,
  warmUpUs: job.quick ? 2_000 : 150_000,
  batchUs: job.quick ? 500 : 5_000,
  below,
};
const TEMPLATE = new URL('../../plugins/template/template.wasm', import.meta.url);
const GUESTS: Readonly<Record<Work['guest'], { readonly bytes: Uint8Array<ArrayBuffer>; readonly config: string }>> = {
  echo: { bytes: worldComponent(), config: '{}' },
  template: { bytes: new Uint8Array(readFileSync(TEMPLATE)), config: '{"partials":{},"escape":"html"}' },
};

const engine = await createEngine({ executor: 'inline' });

async function guest(which: Work['guest']) {
  const { bytes, config } = GUESTS[which];
  const plugin = await engine.load(bytes, { id: which });
  return {
    plugin,
    linked: linkedCall(bytes, config),
    again: linkedCall(bytes, config),
    jco: hasTranspiler && which === 'template' ? await jcoCall(bytes, config) : undefined,
  };
}

const guests = { echo: await guest('echo'), template: await guest('template') };

async function measure(size: string, { guest: which, name, input }: Work): Promise<Sample[]> {
  const { plugin, linked, again, jco } = guests[which];
  const text = JSON.stringify(input);
  // All of them take a value and give one: JSON is part of a call.
  const by = (call: (name: string, input: string) => string) => () => JSON.parse(call(name, JSON.stringify(input)));
  const answers = [plugin.callSync(name, input), await plugin.call(name, input), JSON.parse(linked(name, text))];
  if (jco !== undefined) answers.push(JSON.parse(jco(name, text)));
  if (new Set(answers.map((answer) => JSON.stringify(answer))).size !== 1) throw new Error(`${size}: answers differ`);
  const variants: Variant[] = [
    atOnce(SYNC, () => plugin.callSync(name, input)),
    awaited(AWAITED, () => plugin.call(name, input)),
    atOnce(LINKED, by(linked)),
    atOnce(CONTROL, by(again)),
  ];
  if (jco !== undefined) variants.push(atOnce(JCO, by(jco)));
  return takeTurns(size, variants, OPTIONS);
}

const samples: Sample[] = [];
for (const [size, work] of shuffle(Object.entries(WORK), below)) samples.push(...(await measure(size, work)));
await engine.close();
process.stdout.write(JSON.stringify(samples));
