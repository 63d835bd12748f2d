/** Runs a hostile module metered, under a driver of its own. */
import { type MeterOptions, meter } from '../../../engine/meter/index.ts';
import { Driver, type DriverOptions } from '../support/driver.ts';

export class HostileGuest {
  readonly driver: Driver;
  readonly instance: WebAssembly.Instance;

  /** Nothing of it runs yet. */
  constructor(
    bytes: Uint8Array<ArrayBuffer>,
    imports: WebAssembly.Imports = {},
    options: DriverOptions = {},
    metering: MeterOptions = {},
  ) {
    const metered = meter(bytes, metering);
    this.driver = new Driver(metered.report.hidden, options);
    this.instance = new WebAssembly.Instance(new WebAssembly.Module(metered.bytes), this.driver.imports(imports));
    this.driver.attach(this.instance);
  }

  /** Calls the export `run`. What ends it, or undefined if it returned. */
  run(budget: number, ...args: number[]): unknown {
    return this.attempt(budget, () => (this.instance.exports.run as (...args: number[]) => unknown)(...args));
  }

  /** Runs the start function. */
  start(budget: number): unknown {
    return this.attempt(budget, () => this.driver.start(this.instance));
  }

  attempt(budget: number, action: () => unknown): unknown {
    try {
      this.driver.spend(budget, action);
      return undefined;
    } catch (error) {
      return error;
    }
  }
}
