/**
 * What a plugin in JavaScript takes of memory, beyond the first: `node bench/javascript/memory.ts`. Resident memory of a fresh process for
 * each, before and after so many instances that each have answered a call.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createEngine } from '../../engine/index.ts';
import { openQuickjs } from './quickjs-host.ts';
import { CALLS, PLUGIN, QUICKJS } from './subjects.ts';

const INSTANCES = 100;
const INPUT = CALLS['call, 100 items'];
const BYTES = new Uint8Array(readFileSync(new URL('../../plugins/template/template.wasm', import.meta.url)));

/** @returns makes one more */
async function opener(subject: string): Promise<(id: string) => Promise<unknown>> {
  if (subject === QUICKJS) {
    const load = await openQuickjs();
    return async () => {
      const plugin = load();
      plugin.call('render', JSON.stringify(INPUT));
      return plugin;
    };
  }
  const engine = await createEngine({ executor: 'inline' });
  return async (id) => {
    const plugin = await engine.load(BYTES, { id });
    await plugin.call('render', INPUT);
    return plugin;
  };
}

async function measure(subject: string): Promise<void> {
  const open = await opener(subject);
  const held: unknown[] = [await open('first')];
  const residentKib = (): number => {
    (globalThis.gc as (() => void) | undefined)?.();
    return process.memoryUsage().rss / 1024;
  };
  const before = residentKib();
  for (let i = 0; i < INSTANCES; i++) held.push(await open(`p${i}`));
  const each = (residentKib() - before) / INSTANCES;
  console.log(`${subject}: ${each.toFixed(0)} KiB for each of ${held.length - 1} more`);
  process.exit();
}

const [, , subject] = process.argv;
if (subject !== undefined) await measure(subject);
else {
  for (const each of [PLUGIN, QUICKJS]) {
    execFileSync(process.execPath, ['--expose-gc', import.meta.filename, each], { stdio: 'inherit' });
  }
}
