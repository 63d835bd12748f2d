/** Plugins and settings as the engine hands them to executors. */

import { CallDesk } from '../../../engine/host/call-service.ts';
import { configTexts } from '../../../engine/host/config.ts';
import type { HostServices } from '../../../engine/host/context.ts';
import { CustomDesk } from '../../../engine/host/custom/service.ts';
import { EventDesk } from '../../../engine/host/event-service.ts';
import { KvGateway } from '../../../engine/host/kv-gateway.ts';
import { MemoryKvStore } from '../../../engine/host/kv-memory.ts';
import { LogChannel } from '../../../engine/host/log-channel.ts';
import { systemSources } from '../../../engine/host/sources.ts';
import { type LimitsInput, resolveLimits } from '../../../engine/limits.ts';
import type { CallSettings, ResetMode } from '../../../engine/options.ts';
import { Preparer } from '../../../engine/runtime/prepare.ts';
import { makeRunnable, type RunnablePlugin } from '../../../engine/runtime/runnable.ts';
import { noHttp } from '../../support/http-gateway.ts';
import { compilePlugin, type PluginWat } from '../../support/wat.ts';

/**
 * @param services in place of those that a plugin has without any grants
 * @param options as those of `load`
 */
export async function runnable(
  wat: PluginWat | Uint8Array<ArrayBuffer>,
  services: Partial<HostServices> = {},
  { reset = 'never', limits = {} }: { readonly reset?: ResetMode; readonly limits?: LimitsInput } = {},
): Promise<RunnablePlugin> {
  const bytes = wat instanceof Uint8Array ? wat : compilePlugin(wat);
  const log = new LogChannel(undefined, 'p', '1.0.0', 100);
  const prepared = await new Preparer().prepare(bytes, {
    keepBytes: true,
    maxBytes: 1_000_000,
    manifest: undefined,
    limits: () => resolveLimits(limits),
  });
  return makeRunnable({
    prepared,
    services: {
      log,
      config: configTexts({}),
      http: noHttp(),
      custom: new CustomDesk('p', new Map(), new Map()),
      kv: new KvGateway(new MemoryKvStore(), 'p', resolveLimits({}), log),
      events: new EventDesk('p', {}, {}, () => {}),
      calls: new CallDesk('p', {}, {}, () => undefined),
      permits: new Map(),
      sources: systemSources(),
      ...services,
    },
    configText: '{}',
    reset,
  });
}

export const settings = (limits: LimitsInput = {}, signal?: AbortSignal, context?: unknown): CallSettings => ({
  limits: resolveLimits(limits),
  signal,
  context,
});
