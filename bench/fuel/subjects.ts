/**
 * What is measured against raw V8. A subject turns a program's bytes into a variant of it, or refuses.
 *
 * Besides Ringfence there is a control (the program itself, compiled a second time: how far its ratio is from 1 is the noise
 * of the instrument), the peer, and any module given as `--meter name=path` that exports `meter(bytes, options)`.
 */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { appendCustomSection } from '../../engine/wasm/custom-sections.ts';
import type { HiddenNames } from '../../test/meter/support/driver.ts';
import type { Drive } from './job.ts';

export interface Subject {
  readonly name: string;
  /** Takes part in fewer rounds, and only under V8's default tiering: it is too slow for more. */
  readonly slow: boolean;
  /** @throws if it cannot handle the program */
  prepare(bytes: Uint8Array<ArrayBuffer>): { readonly bytes: Uint8Array; readonly drive: Drive };
}

/** The signature of `ringfence/meter`. */
export type Meter = (
  bytes: Uint8Array<ArrayBuffer>,
  options: { readonly limits: { readonly stackDepth: number } },
) => { readonly bytes: Uint8Array; readonly report: { readonly hidden: HiddenNames } };

/** The depth counter is part of what is measured: this is the engine's default limit. */
export const STACK_DEPTH = 32_000;

export const RAW = 'raw-v8';
export const CONTROL = 'control';
export const RINGFENCE = 'ringfence';
export const PEER = '@permaweb/wasm-metering';

const raw: Subject = { name: RAW, slow: false, prepare: (bytes) => ({ bytes, drive: { kind: 'raw' } }) };

const control: Subject = {
  name: CONTROL,
  slow: false,
  // V8 shares the code of modules with equal bytes; one more custom section gives it code of its own.
  prepare: (bytes) => ({ bytes: appendCustomSection(bytes, CONTROL, new Uint8Array(1)), drive: { kind: 'raw' } }),
};

const peer: Subject = {
  name: PEER,
  slow: true,
  prepare(bytes) {
    const { meterWASM } = createRequire(import.meta.url)(PEER) as {
      meterWASM(bytes: Buffer, options: { meterType: 'i32' }): Buffer;
    };
    // Its i64 form cannot be used: the host function would get BigInts, and be slower still.
    const metered = new Uint8Array(meterWASM(Buffer.from(bytes), { meterType: 'i32' }));
    // Throws where the rewriting is not valid.
    new WebAssembly.Module(metered);
    return { bytes: metered, drive: { kind: 'use-gas' } };
  },
};

async function ours(name: string, path: string): Promise<Subject> {
  const { meter } = (await import(pathToFileURL(resolve(path)).href)) as { meter: Meter };
  return {
    name,
    slow: false,
    prepare(bytes) {
      const metered = meter(bytes, { limits: { stackDepth: STACK_DEPTH } });
      return { bytes: metered.bytes, drive: { kind: 'sliced', hidden: metered.report.hidden } };
    },
  };
}

/** @param others more meters, as `name=path` */
export async function loadSubjects(others: readonly string[], withPeer: boolean): Promise<Subject[]> {
  const meters = await Promise.all(
    [`${RINGFENCE}=${resolve(import.meta.dirname, '../../engine/meter/index.ts')}`, ...others].map((given) => {
      const [name = '', path = ''] = given.split('=');
      return ours(name, path);
    }),
  );
  return [raw, control, ...meters, ...(withPeer ? [peer] : [])];
}
