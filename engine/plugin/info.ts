/** What a plugin says of itself, and how it was loaded. */
import type { SpokenContract } from '../abi/contract.ts';
import type { HookName } from '../abi/exports.ts';
import type { Limits } from '../limits.ts';
import type { ExecutorName } from '../options.ts';
import type { Manifest } from '../validate/index.ts';
import type { PluginParts } from './parts.ts';

/** What is known of a plugin once it is loaded. */
export interface PluginInfo extends Readonly<Omit<Manifest, 'functions' | 'limits' | 'config'>> {
  readonly id: string;
  /** What it speaks: `ringfence` is our own ABI. */
  readonly contract: SpokenContract;
  /** Names that `call` takes. */
  readonly functions: readonly string[];
  /** Optional exports of the guest ABI that it has. */
  readonly hooks: readonly HookName[];
  /** Host functions that it imports. */
  readonly imports: readonly string[];
  /** SHA-256 of the module, in hexadecimal. */
  readonly digest: string;
  /** The wall around it. */
  readonly executor: ExecutorName;
  readonly limits: Limits;
}

export function infoOf({ id, executor, prepared }: Pick<PluginParts, 'id' | 'executor' | 'prepared'>): PluginInfo {
  const { manifest, contract, functions, hooks, imports, digest, limits } = prepared;
  const { functions: _, limits: __, config: ___, ...announced } = manifest;
  return Object.freeze({
    ...announced,
    id,
    contract,
    functions,
    hooks,
    imports,
    digest,
    executor: executor.name,
    limits,
  });
}
