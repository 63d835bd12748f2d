/** One case of the fuzzer, and what is told of it when it fails. */

import { decodeModule } from '../../../engine/wasm/decode.ts';
import { printModule } from '../../../engine/wasm/print.ts';
import { random } from '../../support/random.ts';
import { checkModuleLaws, type Tally, Violation } from './check.ts';
import { generatorHost } from './hosts.ts';
import { minimiseList, minimiseModule } from './minimise.ts';
import { type GeneratedModule, generateModule } from './module-generator.ts';
import type { Host } from './session.ts';

/** Draws of budgets and slices that a smaller module may fail with. */
const RETRIES = 4;

/** @throws Error with the seed, the law that was broken, and the smallest module that breaks it */
export function runSeed(seed: number): Tally {
  return runCase(`seed ${seed}`, generateModule(seed), seed, generatorHost);
}

export function runCase(name: string, { bytes, calls }: GeneratedModule, seed: number, host: Host): Tally {
  try {
    return checkModuleLaws(bytes, calls, random(seed), host);
  } catch (error) {
    throw new Error(`${name}: ${explain({ bytes, calls }, seed, host, lawOf(error))}`, { cause: error });
  }
}

function explain({ bytes, calls }: GeneratedModule, seed: number, host: Host, law: string): string {
  const broken = (smaller: Uint8Array<ArrayBuffer>, fewer: GeneratedModule['calls']): Violation | Error | undefined => {
    for (let retry = 0; retry < RETRIES; retry++) {
      try {
        checkModuleLaws(smaller, fewer, random(seed + retry), host);
      } catch (error) {
        if (error instanceof Error && lawOf(error) === law) return error;
      }
    }
    return undefined;
  };
  const needed = minimiseList(calls, (fewer) => broken(bytes, fewer) !== undefined);
  const smallest = minimiseModule(bytes, (smaller) => broken(smaller, needed) !== undefined);
  const made = needed.map(({ name, args }) => `${name}(${args.join(', ')})`).join('; ');
  return [
    broken(smallest, needed)?.message ?? law,
    `calls: ${made}`,
    `module: ${Buffer.from(smallest).toString('base64')}`,
    printModule(decodeModule(smallest)),
  ].join('\n');
}

const lawOf = (error: unknown): string => (error instanceof Violation ? error.law : String(error));
