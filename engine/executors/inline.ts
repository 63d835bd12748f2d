/**
 * The executor `inline`: plugins run on the calling thread. The lowest latency, and the sandbox is the only wall. Fuel slices
 * end a runaway; where guests can be suspended, long calls let the event loop run in between.
 */
import { RingfenceError, withContext } from '../errors.ts';
import { ENGINE_LIMITS } from '../limits.ts';
import type { CallSettings } from '../options.ts';
import { EvictableInstance } from '../runtime/evictable-instance.ts';
import { canSuspend } from '../runtime/jspi.ts';
import { Residency } from '../runtime/residency.ts';
import type { RunnablePlugin } from '../runtime/runnable.ts';
import { usageOf } from '../runtime/usage.ts';
import type { Executor } from './executor.ts';

export interface InlineOptions {
  readonly maxLiveInstances?: number | undefined;
}

export function createInlineExecutor({
  maxLiveInstances = ENGINE_LIMITS.maxLiveInstances.default,
}: InlineOptions = {}): Executor {
  const residency = new Residency(maxLiveInstances);
  return {
    name: 'inline',
    async start(plugin: RunnablePlugin, settings: CallSettings, startedAt: number): Promise<EvictableInstance> {
      if (plugin.waiting.length > 0 && !canSuspend) throw cannotWait(plugin.waiting);
      const instance = new EvictableInstance(plugin, residency);
      try {
        await instance.start(settings, startedAt);
      } catch (error) {
        throw withContext(error, { details: { usage: usageOf(instance.usage) } });
      }
      return instance;
    },
    startSync(plugin: RunnablePlugin, settings: CallSettings, startedAt: number): EvictableInstance {
      const instance = new EvictableInstance(plugin, residency);
      try {
        instance.startSync(settings, startedAt);
      } catch (error) {
        throw withContext(error, { details: { usage: usageOf(instance.usage) } });
      }
      return instance;
    },
    release(): void {},
    async close(): Promise<void> {},
  };
}

function cannotWait(imports: readonly string[]): RingfenceError {
  return new RingfenceError(
    'UNSUPPORTED_PLATFORM',
    `The plugin imports ${imports.join(', ')}, which make it wait, and the executor \`inline\` can suspend a plugin only where ` +
      `JavaScript Promise Integration exists (Node.js 24 and later). This is Node.js ${process.versions.node}`,
    { stage: 'validate', details: { imports, node: process.versions.node } },
  );
}
