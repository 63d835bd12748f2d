/** Capability `random`: bytes that nobody can guess, or in deterministic mode anybody can repeat. */
import { overLimit } from './account.ts';
import type { HostContext } from './context.ts';
import type { HostFunction } from './function.ts';

export const RANDOM: readonly HostFunction[] = [
  {
    name: 'random_get',
    capability: 'random',
    params: ['i32', 'i32'],
    results: [],
    spans: [0],
    price: { base: 15_000, perByte: 5 },
    call: (host, pointer, length) => {
      fill(host, host.memory.view(pointer, length, 'random bytes'));
      return undefined;
    },
  },
  {
    // What AssemblyScript's own `Math.random()` imports; it asks once and goes on from there by itself.
    name: 'seed',
    capability: 'random',
    params: [],
    results: ['f64'],
    price: { base: 15_000 },
    call: (host) => {
      const words = new Uint32Array(2);
      fill(host, new Uint8Array(words.buffer));
      const [high = 0, low = 0] = words;
      return (high * 2 ** 21 + (low >>> 11)) / 2 ** 53;
    },
  },
];

/**
 * Over the limit the call ends. A result that says so could be overlooked, and the plugin would go on with memory that is not
 * random at all.
 */
function fill({ account, sources }: HostContext, target: Uint8Array<ArrayBuffer>): void {
  const { randomBytes } = account.limits;
  if (account.randomBytes + target.length > randomBytes) {
    throw overLimit('randomBytes', randomBytes, 'random bytes in one call');
  }
  account.randomBytes += target.length;
  sources.fillRandom(target);
}
