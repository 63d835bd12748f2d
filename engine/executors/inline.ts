/**
 * The executor `inline`: plugins run on the calling thread. The lowest latency, and the sandbox is the only wall. Fuel slices
 * end a runaway; where guests can be suspended, long calls let the event loop run in between.
 */
import { withContext } from '../errors.ts';
import type { CallSettings } from '../options.ts';
import { PluginInstance, type RunnablePlugin } from '../runtime/instance.ts';
import { usageOf } from '../runtime/usage.ts';
import type { Executor } from './executor.ts';

export const inlineExecutor: Executor = {
  name: 'inline',
  async start(plugin: RunnablePlugin, settings: CallSettings, startedAt: number): Promise<PluginInstance> {
    const instance = new PluginInstance(plugin);
    try {
      await instance.start(settings, startedAt);
    } catch (error) {
      throw withContext(error, { details: { usage: usageOf(instance.usage) } });
    }
    return instance;
  },
  startSync(plugin: RunnablePlugin, settings: CallSettings, startedAt: number): PluginInstance {
    const instance = new PluginInstance(plugin);
    try {
      instance.startSync(settings, startedAt);
    } catch (error) {
      throw withContext(error, { details: { usage: usageOf(instance.usage) } });
    }
    return instance;
  },
  async close(): Promise<void> {},
};
