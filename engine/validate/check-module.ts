/** From bytes to a module that the meter may rewrite and V8 may compile. */
import { RingfenceError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { decodeModule } from '../wasm/decode.ts';
import { FeatureUses } from '../wasm/features.ts';
import { checkHeader } from '../wasm/header.ts';
import type { Module } from '../wasm/module.ts';
import { ScannedCode } from '../wasm/scanned-code.ts';
import { checkFeatures } from './policy.ts';
import { checkReservedNames } from './reserved-names.ts';
import { CodeStructure, checkTables } from './structure.ts';
import { processTypes } from './type-budget.ts';
import { checkWithV8 } from './v8-verdict.ts';

declare const VALID: unique symbol;

/** A module that passed {@link checkModule}: later stages take this type, so unchecked bytes cannot reach them. */
export interface ValidModule {
  readonly [VALID]: true;
  /** Never changed by anyone: `module` points into them. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly module: Module;
  /** What was scanned while checking, kept for the stages behind. */
  readonly code: ScannedCode;
}

export interface CheckModuleOptions {
  /** Size of the file in bytes. @default LIMITS.wasmBytes.default (10 MiB) */
  readonly maxBytes?: number | undefined;
  /** Names that begin so are the engine's. @default '__ringfence_' */
  readonly reservedPrefix?: string | undefined;
}

/**
 * Structure, features, reserved names and V8's verdict: what is asked of any module, plugin or not. Cheap checks come
 * first, and nothing is compiled.
 *
 * The bytes must not be changed afterwards. Bytes in shared memory are copied first, because another thread could.
 *
 * @throws LIMIT_EXCEEDED, INVALID_MODULE, UNSUPPORTED_FEATURE, RESERVED_NAME
 *
 * @example
 * const { module } = checkModule(await readFile('plugin.wasm'));
 */
export function checkModule(bytes: Uint8Array, options: CheckModuleOptions = {}): ValidModule {
  checkSize(bytes.length, options.maxBytes ?? LIMITS.wasmBytes.default);
  checkHeader(bytes);
  const own = isUnshared(bytes) ? bytes : new Uint8Array(bytes);
  const module = decodeModule(own);
  const features = new FeatureUses(module);
  const structure = new CodeStructure(module);
  const code = new ScannedCode(module);
  features.scanSections();
  for (let f = 0; f < module.bodies.length; f++) {
    const instructions = code.read(f);
    features.scanBody(f, instructions);
    structure.add(f, instructions);
  }
  checkFeatures(features.found);
  checkReservedNames(module, options.reservedPrefix);
  checkTables(module);
  structure.check();
  processTypes.admit(module);
  checkWithV8(own);
  return { bytes: own, module, code } as ValidModule;
}

function checkSize(size: number, allowed: number): void {
  if (size <= allowed) return;
  throw new RingfenceError(
    'LIMIT_EXCEEDED',
    `The module has ${size} bytes: at most ${allowed} are allowed (limit \`wasmBytes\`)`,
    {
      stage: 'validate',
      details: { limit: 'wasmBytes', used: size, allowed },
    },
  );
}

function isUnshared(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer;
}
