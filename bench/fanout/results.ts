/** What is measured of sending events, and how it is printed. */
import type { ExecutorName } from '../../engine/index.ts';
import type { Machine } from '../support/machine.ts';
import { table } from '../support/table.ts';
import type { SubscriberKind } from './plugins.ts';

export interface FanoutCase {
  readonly executor: ExecutorName;
  readonly subscribers: number;
  readonly kind: SubscriberKind;
  /** One more subscriber never returns; it is cut off at its deadline or by the circuit breaker. */
  readonly withRunaway: boolean;
}

const common = { subscribers: 100, withRunaway: false } as const;
export const CASES: readonly FanoutCase[] = [
  { ...common, executor: 'inline', subscribers: 1, kind: 'look at it' },
  { ...common, executor: 'inline', kind: 'look at it' },
  { ...common, executor: 'inline', kind: 'may change it' },
  { ...common, executor: 'worker', kind: 'look at it' },
  { ...common, executor: 'worker', kind: 'may change it' },
  { ...common, executor: 'worker', kind: 'look at it', withRunaway: true },
  { ...common, executor: 'process', kind: 'look at it' },
];

export interface FanoutRow extends FanoutCase {
  /** Events whose results had all been gathered, per second. */
  readonly eventsPerSecond: number;
  readonly deliveriesPerSecond: number;
  /** Milliseconds from `emit` to the results of all. */
  readonly p50: number;
  readonly p99: number;
}

export interface FanoutResults {
  readonly suite: string;
  readonly machine: Machine;
  readonly seconds: number;
  readonly rows: readonly FanoutRow[];
}

export function printResults({ machine, seconds, rows }: FanoutResults): void {
  const { cpu, cores, node, date } = machine;
  console.log(
    `Events to subscribers, on Node ${node}, ${cpu} x${cores}, ${date}; ${seconds} s each, one event after the other\n`,
  );
  const body = rows.map(
    ({ executor, subscribers, kind, withRunaway, eventsPerSecond, deliveriesPerSecond, p50, p99 }) => [
      `${executor}, ${subscribers} that ${kind}${withRunaway ? ', and a runaway' : ''}`,
      eventsPerSecond.toFixed(0),
      deliveriesPerSecond.toFixed(0),
      p50.toFixed(2),
      p99.toFixed(2),
    ],
  );
  console.log(table(['subscribers', 'events/s', 'deliveries/s', 'p50 ms', 'p99 ms'], body));
}
