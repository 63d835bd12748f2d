/**
 * What one loaded plugin is served with. Each service is made when somebody first asks for it: most plugins never reach most of
 * them, and a plugin may be loaded for a single call.
 */
import type { AuditEvent } from '../audit.ts';
import type { Grants } from '../grants.ts';
import type { KvStore } from '../kv-store.ts';
import type { Limits } from '../limits.ts';
import type { Manifest } from '../validate/index.ts';
import { type CallablePlugin, CallDesk } from './call-service.ts';
import { configTexts } from './config.ts';
import type { HostServices } from './context.ts';
import type { CustomFunctions } from './custom/functions.ts';
import { CustomDesk } from './custom/service.ts';
import { EventDesk, type PluginEvent } from './event-service.ts';
import { auditSink } from './http/audit.ts';
import type { HttpSender } from './http/connections.ts';
import { HttpGateway } from './http/gateway.ts';
import type { HttpNetwork } from './http/network.ts';
import { KvGateway } from './kv-gateway.ts';
import type { LogChannel } from './log-channel.ts';
import type { PluginConfig } from './make-config.ts';
import type { Permits } from './permissions.ts';
import type { Secrets } from './secrets.ts';
import { systemSources } from './sources.ts';

/** What the plugins of an engine share. */
export interface SharedServices {
  readonly network: HttpNetwork;
  /** Takes the place of connections. */
  readonly sender: HttpSender | undefined;
  readonly onAudit: ((event: AuditEvent) => void) | undefined;
  readonly kv: KvStore;
  /** Milliseconds since the epoch, by which stored data expires. */
  readonly now: (() => number) | undefined;
  /** Must not throw. */
  readonly deliver: (event: PluginEvent) => void;
  /** Who answers calls to a plugin, by its id. */
  readonly find: (id: string) => CallablePlugin | undefined;
}

/** What is served, and to whom. */
export interface ServedPlugin {
  readonly id: string;
  readonly manifest: Pick<Manifest, 'version' | 'permissions'>;
  readonly limits: Limits;
  readonly log: LogChannel;
  readonly secrets: Secrets;
  readonly functions: CustomFunctions;
  readonly grants: Grants;
  readonly permits: Permits;
  readonly config: PluginConfig;
}

export class PluginServices implements HostServices {
  readonly log: LogChannel;
  readonly config: HostServices['config'];
  readonly permits: Permits;
  readonly sources = systemSources();
  readonly #shared: SharedServices;
  readonly #plugin: ServedPlugin;
  #http: HttpGateway | undefined;
  #custom: CustomDesk | undefined;
  #kv: KvGateway | undefined;
  #events: EventDesk | undefined;
  #calls: CallDesk | undefined;

  /** @throws INVALID_OPTION for grants that mean nothing */
  constructor(shared: SharedServices, plugin: ServedPlugin) {
    this.#shared = shared;
    this.#plugin = plugin;
    this.log = plugin.log;
    this.config = configTexts(plugin.config);
    this.permits = plugin.permits;
    // Who grants something has to hear of the mistake in it.
    if (plugin.grants.http !== undefined) this.#http = this.#newGateway();
  }

  get http(): HttpGateway {
    this.#http ??= this.#newGateway();
    return this.#http;
  }

  get custom(): CustomDesk {
    const { id, functions, permits } = this.#plugin;
    this.#custom ??= new CustomDesk(id, functions, permits);
    return this.#custom;
  }

  get kv(): KvGateway {
    const { id, limits, log } = this.#plugin;
    this.#kv ??= new KvGateway(this.#shared.kv, id, limits, log, this.#shared.now);
    return this.#kv;
  }

  get events(): EventDesk {
    const { id, manifest, grants } = this.#plugin;
    this.#events ??= new EventDesk(id, manifest.permissions, grants, this.#shared.deliver);
    return this.#events;
  }

  get calls(): CallDesk {
    const { id, manifest, grants } = this.#plugin;
    this.#calls ??= new CallDesk(id, manifest.permissions, grants, this.#shared.find);
    return this.#calls;
  }

  /** Lets go of connections and the like. Its plugin has stopped. */
  async shutdown(): Promise<void> {
    await this.#http?.shutdown();
  }

  #newGateway(): HttpGateway {
    const { network, sender, onAudit } = this.#shared;
    const { id, manifest, limits, log, secrets, grants } = this.#plugin;
    return new HttpGateway({
      plugin: id,
      version: manifest.version,
      asked: manifest.permissions.http,
      granted: grants.http,
      secrets,
      limits,
      network,
      sender,
      onAudit: auditSink(onAudit, log),
    });
  }
}
