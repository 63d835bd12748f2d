/** Asks a version of a plugin how it is: `plugin_health`, where it exports that. */
import { isRingfenceError } from '../errors.ts';
import { UsageRecord } from '../host/usage-counters.ts';
import { within } from './deadline.ts';
import type { PluginRecord } from './plugin-record.ts';
import type { PluginVersion } from './plugin-version.ts';

/**
 * @throws GUEST_ERROR for a status that is not 0; whatever a call may throw
 */
export async function checkHealth(
  record: PluginRecord,
  { plugin, version }: PluginVersion,
  signal?: AbortSignal,
): Promise<void> {
  const { seams, settings, id } = record;
  const { healthTimeoutMs } = settings.supervision;
  const ask = async (): Promise<void> => {
    await seams.faults.before?.('health', id, version);
    if (!plugin.info.hooks.includes('health')) return;
    const limits = { timeoutMs: healthTimeoutMs };
    await plugin.account('hook', 'bytes', 'health', '', { limits }, new UsageRecord(plugin.info.limits));
  };
  await within(seams.clock, healthTimeoutMs, `plugin_health of ${id}`, ask(), signal);
}

/** Errors of a probe that say nothing about the plugin: there was no room for it, or it is on its way out. */
export const saysNothing = (error: unknown): boolean =>
  isRingfenceError(error, 'BUSY') || isRingfenceError(error, 'CLOSED') || isRingfenceError(error, 'CANCELLED');
