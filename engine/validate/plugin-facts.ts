/** What checking a plugin takes and gives. */
import type { SpokenContract } from '../abi/contract.ts';
import type { HookName } from '../abi/exports.ts';
import type { Manifest } from './manifest.ts';

/** What is known of a module that is a plugin. Plain data. */
export interface PluginFacts {
  /** How it is started, called and stopped. */
  readonly contract: SpokenContract;
  readonly manifest: Manifest;
  /** The names that `plugin.call` reaches, each behind the export `plugin_<name>`. */
  readonly functions: readonly string[];
  /** Optional exports of the ABI that it has. */
  readonly hooks: readonly HookName[];
  /** Names of the host functions that it imports, each once. */
  readonly imports: readonly string[];
  /** Types of `functions`, one for each, where they are called by type: "(i32, f64) -> i64"; with " = " and what is declared. */
  readonly signatures?: readonly string[];
  /** Nobody has named it: the file does. */
  readonly isUnnamed?: boolean;
}

export interface CheckPluginOptions {
  /** The manifest from beside the file: JSON text or its value. */
  readonly manifest?: unknown;
  /**
   * Accepts imports that only an application can offer, where the manifest asks for capabilities of its own: for looking at
   * plugins without that application. @default false
   */
  readonly acceptCustom?: boolean;
}
