/**
 * A process that came before: loads copies of a plugin, so that they are in the disk cache. The measuring process must not have
 * compiled them itself, since V8 finds what it has compiled once. A FillJob on stdin.
 */
import { readFileSync } from 'node:fs';
import { createEngine } from '../../engine/index.ts';
import { FIRST_ON_DISK, PluginPress, SOURCES } from './plugins.ts';

export interface FillJob {
  /** The name of its row. */
  readonly size: string;
  readonly copies: number;
  /** Of the cache. */
  readonly directory: string;
}

const { size, copies, directory } = JSON.parse(readFileSync(0, 'utf8')) as FillJob;
const source = SOURCES[size];
if (source === undefined) throw new Error(`There is no plugin of ${size}`);
const press = new PluginPress(source);
const engine = await createEngine({ executor: 'inline', cache: directory });
for (let i = 0; i < copies; i++) await (await engine.load(press.copy(FIRST_ON_DISK + i))).unload();
await engine.close();
process.stdout.write('null');
