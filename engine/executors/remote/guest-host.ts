/**
 * Runs instances of plugins on behalf of an engine that is somewhere else. One runs inside each worker and each child; it serves
 * many plugins, and knows nothing of how commands reach it.
 */
import { bug, withContext } from '../../errors.ts';
import type { HostServices } from '../../host/context.ts';
import type { ServiceName } from '../../host/services.ts';
import { UsageRecord } from '../../host/usage-counters.ts';
import type { CallSettings } from '../../options.ts';
import { PluginInstance } from '../../runtime/instance.ts';
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
  readonly guest: PluginInstance;
  readonly settings: RemoteSettings;
  slot: number;
}

export class GuestHost {
  readonly #link: GuestLink;
  readonly #plugins = new Map<number, RunnablePlugin<Instantiable>>();
  readonly #services: ServiceProxies;
  readonly #instances = new Map<number, Hosted>();
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
        this.#plugins.set(command.plugin, this.#open(command.image));
        return;
      case 'forget':
        this.#plugins.delete(command.plugin);
        return;
      case 'start':
        this.#start(command);
        return;
      case 'call':
        this.#call(command);
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

  #open(image: PluginImage): RunnablePlugin<Instantiable> {
    const sink: LogSink = {
      log: ({ context, level, message, source, dropped, fields }) => {
        const entry = { level, message, source, dropped, fields };
        this.#link.post({ op: 'log', slot: context as number, entry });
      },
      dropped: (lines, context) => this.#link.post({ op: 'dropped', slot: context as number, lines }),
    };
    return openImage(image, sink, this.#services.of(image.services) as unknown as Pick<HostServices, ServiceName>);
  }

  #start({ slot, instance, plugin: key, settings, startedAt }: StartCommand): void {
    const plugin = this.#plugins.get(key);
    if (plugin === undefined) throw bug(`no plugin ${key} in this guest host`);
    if (this.#isWithdrawn(slot, settings)) return;
    let hosted: Hosted;
    try {
      const guest = new PluginInstance(plugin, () => this.#link.isStopped(hosted.slot));
      hosted = { plugin, guest, settings, slot };
    } catch (error) {
      this.#link.failed(slot, new UsageRecord(settings.limits), withContext(error, {}).toJSON(), 'poisoned');
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
    const name = hosted?.plugin.prepared.functions[fn];
    if (hosted === undefined || name === undefined) throw bug(`no function ${fn} of instance ${instance} here`);
    if (this.#isWithdrawn(slot, hosted.settings)) return;
    hosted.slot = slot;
    this.#running.set(slot, hosted);
    let output: ReturnType<PluginInstance['call']>;
    try {
      output = hosted.guest.call(
        name,
        input,
        this.#link.sink(slot),
        settingsOf(settings ?? hosted.settings, slot),
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

  #stop({ slot, instance, settings, startedAt }: StopCommand): void {
    const hosted = this.#instances.get(instance);
    if (hosted === undefined) throw bug(`no instance ${instance} here`);
    this.#instances.delete(instance);
    if (this.#isWithdrawn(slot, settings)) return;
    hosted.slot = slot;
    this.#running.set(slot, hosted);
    hosted.guest.stop(settingsOf(settings, slot), fromSharedClock(startedAt)).then(
      () => this.#done(hosted, undefined),
      (error: unknown) => this.#failed(hosted, instance, error),
    );
  }

  /** True if the engine has told its caller that it did not begin in time; otherwise it has begun. */
  #isWithdrawn(slot: number, { limits }: RemoteSettings): boolean {
    this.#link.begin(slot);
    if (!this.#link.isStopped(slot)) return false;
    this.#link.failed(slot, new UsageRecord(limits), bug('nobody said why a call was withdrawn').toJSON(), 'poisoned');
    return true;
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

/** What a guest host knows of a call in place of its context: where it runs. The engine puts the two together. */
function settingsOf({ limits, deterministic }: RemoteSettings, slot: number): CallSettings {
  return { limits, deterministic, signal: undefined, context: slot };
}
