/**
 * Runs instances of plugins on behalf of an engine that is somewhere else. One runs inside each worker and each child; it serves
 * many plugins, and knows nothing of how commands reach it.
 */
import { bug, withContext } from '../../errors.ts';
import type { HostServices } from '../../host/context.ts';
import type { ServiceName } from '../../host/services.ts';
import { UsageRecord } from '../../host/usage-counters.ts';
import type { Whenever } from '../../host/whenever.ts';
import { DEFAULT_LIMITS, ENGINE_LIMITS } from '../../limits.ts';
import type { CallSettings } from '../../options.ts';
import { EvictableInstance } from '../../runtime/evictable-instance.ts';
import { Residency } from '../../runtime/residency.ts';
import type { Instantiable, RunnablePlugin } from '../../runtime/runnable.ts';
import type { AnswerWaiter } from './answer-bridge.ts';
import type { GuestLink } from './guest-link.ts';
import { type LogSink, openImage, type PluginImage } from './plugin-image.ts';
import type { CallCommand, Command, RemoteSettings, StartCommand, StopCommand } from './protocol.ts';
import { ServiceProxies } from './service-proxies.ts';
import { fromSharedClock } from './shared-clock.ts';

/** An instance, and the operation that runs in it. */
interface Hosted {
  readonly plugin: RunnablePlugin<Instantiable>;
  readonly guest: EvictableInstance;
  readonly settings: RemoteSettings;
  slot: number;
  /** Of calls that have none of their own, in the slot of the last one. */
  usual: CallSettings | undefined;
}

export class GuestHost {
  readonly #link: GuestLink;
  /** By number; one that is being compiled as a promise. */
  readonly #plugins = new Map<number, Whenever<RunnablePlugin<Instantiable>>>();
  readonly #services: ServiceProxies;
  readonly #instances = new Map<number, Hosted>();
  readonly residency = new Residency(ENGINE_LIMITS.maxLiveInstances.default);
  /** By slot. */
  readonly #running = new Map<number, Hosted>();

  /** @param waiter blocks the thread while a guest waits for a service; without one the guest is suspended */
  constructor(link: GuestLink, waiter?: AnswerWaiter) {
    this.#link = link;
    this.#services = new ServiceProxies(link, waiter);
  }

  handle(command: Command): void {
    switch (command.op) {
      case 'plugin':
        this.open(command.plugin, command.image, command.image.module);
        return;
      case 'forget':
        this.#plugins.delete(command.plugin);
        return;
      case 'start':
        this.#start(command);
        return;
      case 'call':
        this.#begin(command, () => this.#call(command));
        return;
      case 'stop':
        this.#stop(command);
        return;
      case 'drop':
        this.#instances.delete(command.instance);
        return;
      case 'interrupt':
        // The engine knows why, and tells its caller.
        this.#running.get(command.slot)?.guest.interrupt(bug('nobody said why a call was interrupted'));
        return;
      case 'answer':
      case 'refusal':
        this.#services.settle(command);
        return;
    }
  }

  /** A plugin whose instances may be started from now on, even if it is still being compiled. */
  open(key: number, image: Omit<PluginImage, 'module'>, module: Whenever<WebAssembly.Module>): void {
    const sink: LogSink = {
      log: ({ context, level, message, source, dropped, fields }) => {
        const entry = { level, message, source, dropped, fields };
        this.#link.post({ op: 'log', slot: context as number, entry });
      },
      dropped: (lines, context) => this.#link.post({ op: 'dropped', slot: context as number, lines }),
    };
    const proxies = this.#services.of(image.services) as unknown as Pick<HostServices, ServiceName>;
    const opened =
      module instanceof Promise
        ? module.then((compiled) => openImage({ ...image, module: compiled }, sink, proxies))
        : openImage({ ...image, module }, sink, proxies);
    this.#plugins.set(key, opened);
    // Whoever starts an instance of it hears of that.
    if (opened instanceof Promise) opened.catch(() => {});
  }

  #start(command: StartCommand): void {
    const plugin = this.#plugins.get(command.plugin);
    if (plugin === undefined) throw bug(`no plugin ${command.plugin} in this guest host`);
    if (!(plugin instanceof Promise)) {
      this.#begin(command, () => this.#startOf(plugin, command));
      return;
    }
    plugin.then(
      (opened) => this.#begin(command, () => this.#startOf(opened, command)),
      (error: unknown) => this.#failEarly(command, error),
    );
  }

  #startOf(plugin: RunnablePlugin<Instantiable>, command: StartCommand): void {
    const { slot, instance, settings, startedAt } = command;
    let hosted: Hosted;
    try {
      const guest = new EvictableInstance(
        plugin,
        this.residency,
        () => this.#link.isStopped(hosted.slot),
        (snapshots) => this.#link.post({ op: 'evicted', instance, snapshots }),
      );
      // A configuration is told once; the instance keeps it.
      hosted = { plugin, guest, settings: { ...settings, configText: undefined }, slot, usual: undefined };
    } catch (error) {
      this.#failEarly(command, error);
      return;
    }
    this.#running.set(slot, hosted);
    hosted.guest.start(settingsOf(settings, slot), fromSharedClock(startedAt)).then(
      () => {
        this.#instances.set(instance, hosted);
        this.#done(hosted, undefined);
      },
      (error: unknown) => this.#failed(hosted, instance, error),
    );
  }

  #call({ slot, instance, fn, settings, startedAt, input }: CallCommand): void {
    const hosted = this.#instances.get(instance);
    const name = hosted?.plugin.callable[fn];
    if (hosted === undefined || name === undefined) throw bug(`no function ${fn} of instance ${instance} here`);
    hosted.slot = slot;
    this.#running.set(slot, hosted);
    let output: ReturnType<EvictableInstance['call']>;
    try {
      output = hosted.guest.call(
        name,
        input,
        this.#link.sink(slot),
        settings === undefined ? usualSettings(hosted, slot) : settingsOf(settings, slot),
        fromSharedClock(startedAt),
      );
    } catch (error) {
      this.#failed(hosted, instance, error);
      return;
    }
    if (!(output instanceof Promise)) {
      this.#done(hosted, output as Uint8Array<ArrayBuffer>);
      return;
    }
    output.then(
      (bytes) => this.#done(hosted, bytes as Uint8Array<ArrayBuffer>),
      (error: unknown) => this.#failed(hosted, instance, error),
    );
  }

  #stop(command: StopCommand): void {
    const { slot, instance, settings, startedAt } = command;
    const hosted = this.#instances.get(instance);
    if (hosted === undefined) throw bug(`no instance ${instance} here`);
    this.#instances.delete(instance);
    this.#begin(command, () => {
      hosted.slot = slot;
      this.#running.set(slot, hosted);
      hosted.guest.stop(settingsOf(settings, slot), fromSharedClock(startedAt)).then(
        () => this.#done(hosted, undefined),
        (error: unknown) => this.#failed(hosted, instance, error),
      );
    });
  }

  /** Goes on once the engine can know that guest code may have run; not at all if it does not want it any more. */
  #begin(command: StartCommand | CallCommand | StopCommand, go: () => void): void {
    this.#link.begin(command.slot, () => {
      if (this.#link.isStopped(command.slot)) this.#failEarly(command, bug('nobody said why a call was withdrawn'));
      else go();
    });
  }

  /** Nothing of the guest has run. */
  #failEarly({ slot, instance, settings }: StartCommand | CallCommand | StopCommand, error: unknown): void {
    const limits = (settings ?? this.#instances.get(instance)?.settings)?.limits ?? DEFAULT_LIMITS;
    this.#link.failed(slot, new UsageRecord(limits), withContext(error, {}).toJSON(), 'poisoned');
  }

  #done(hosted: Hosted, output: Uint8Array<ArrayBuffer> | undefined): void {
    this.#end(hosted);
    this.#link.done(hosted.slot, hosted.guest.usage, output);
  }

  #failed(hosted: Hosted, instance: number, error: unknown): void {
    const { guest, slot } = hosted;
    this.#end(hosted);
    if (guest.state !== 'idle') this.#instances.delete(instance);
    this.#link.failed(slot, guest.usage, withContext(error, {}).toJSON(), guest.state);
  }

  #end({ slot }: Hosted): void {
    this.#running.delete(slot);
    this.#services.forget(slot);
  }
}

/** One slot after the other is the rule for an instance that nobody shares: its calls have the same settings, and not only equal ones. */
function usualSettings(hosted: Hosted, slot: number): CallSettings {
  if (hosted.usual?.context !== slot) hosted.usual = settingsOf(hosted.settings, slot);
  return hosted.usual as CallSettings;
}

/** What a guest host knows of a call in place of its context: where it runs. The engine puts the two together. */
function settingsOf({ limits, deterministic, configText }: RemoteSettings, slot: number): CallSettings {
  return { limits, deterministic, configText, signal: undefined, context: slot };
}
