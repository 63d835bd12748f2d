/**
 * Where guests cannot be suspended, a guest host waits for a service by blocking its thread. The answer then comes over a port of
 * its own, which can be read without going back to the event loop, and a counter in shared memory wakes the thread.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Command } from './protocol.ts';

export type ServiceAnswer = Extract<Command, { op: 'answer' | 'refusal' }>;

/** The end that goes to the guest host, in the message that starts it. */
export interface AnswerBridgeEnd {
  readonly port: MessagePort;
  /** One Int32: counts up with each answer, and when something is to be stopped. */
  readonly signal: SharedArrayBuffer;
}

/** The engine's end. */
export class AnswerBridge {
  readonly end: AnswerBridgeEnd;
  readonly #port: MessagePort;
  readonly #counter: Int32Array;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    const signal = new SharedArrayBuffer(4);
    this.end = { port: port2, signal };
    this.#port = port1;
    this.#port.unref();
    this.#counter = new Int32Array(signal);
  }

  /** @throws DataCloneError for what cannot be sent */
  send(answer: ServiceAnswer): void {
    this.#port.postMessage(answer);
    this.wake();
  }

  /** Has a thread that waits look around. */
  wake(): void {
    Atomics.add(this.#counter, 0, 1);
    Atomics.notify(this.#counter, 0);
  }

  close(): void {
    this.#port.close();
  }
}

/** Blocks the thread of the guest host until an answer is there. */
export class AnswerWaiter {
  readonly #port: MessagePort;
  readonly #counter: Int32Array;

  constructor({ port, signal }: AnswerBridgeEnd) {
    this.#port = port;
    this.#counter = new Int32Array(signal);
  }

  /**
   * @param isOver asked each time that the thread wakes
   * @param deadline on the clock of `performance.now()`
   * @returns the next answer; undefined when it is over, or the deadline has passed
   */
  wait(isOver: () => boolean, deadline: number): ServiceAnswer | undefined {
    for (;;) {
      // Before looking: what comes between looking and waiting changes it, and nothing is waited for.
      const seen = Atomics.load(this.#counter, 0);
      const received = receiveMessageOnPort(this.#port);
      if (received !== undefined) return received.message as ServiceAnswer;
      const left = deadline - performance.now();
      if (isOver() || left <= 0) return undefined;
      Atomics.wait(this.#counter, 0, seen, left);
    }
  }
}
