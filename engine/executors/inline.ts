/**
 * The executor `inline`: plugins run on the calling thread. The lowest latency, and the sandbox is the only wall. Fuel slices
 * end a runaway; where guests can be suspended, long calls let the event loop run in between.
 */
import type { CallSettings } from '../options.ts';
import { PluginInstance, type RunnablePlugin } from '../runtime/instance.ts';
import type { Executor } from './executor.ts';

export const inlineExecutor: Executor = {
  name: 'inline',
  async start(plugin: RunnablePlugin, settings: CallSettings, startedAt: number): Promise<PluginInstance> {
    const instance = new PluginInstance(plugin);
    await instance.start(settings, startedAt);
    return instance;
  },
  startSync(plugin: RunnablePlugin, settings: CallSettings, startedAt: number): PluginInstance {
    const instance = new PluginInstance(plugin);
    instance.startSync(settings, startedAt);
    return instance;
  },
  async close(): Promise<void> {},
};
