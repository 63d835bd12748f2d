/** What a plugin is granted, and what it runs with under these grants. */
import type { RingfenceError } from '../errors.ts';
import { type Grants, mergeGrants } from '../grants.ts';
import { permissionDenied, requiredOf } from '../host/permissions.ts';
import type { Assembly, PluginParts } from './parts.ts';

export class Granted {
  /** Under the grants that hold now. Written here alone. */
  assembly: Assembly;
  readonly #parts: PluginParts;
  #grants: Grants;

  /** @throws INVALID_OPTION for grants that mean nothing */
  constructor(parts: PluginParts) {
    this.#parts = parts;
    this.#grants = parts.grants;
    this.assembly = parts.assemble(parts.grants);
  }

  /** Why the plugin may not run; undefined if it may. */
  denied(): RingfenceError | undefined {
    const missing = requiredOf(this.assembly.permissions.missing);
    return missing.length === 0 ? undefined : permissionDenied(this.#parts.id, missing, this.#grants);
  }

  /**
   * Instances that are started from now on run under these as well.
   * @returns what those before run with: to be released once they have stopped
   * @throws INVALID_OPTION for grants that mean nothing
   */
  add(more: Grants): Assembly {
    const grants = mergeGrants(this.#grants, more);
    const before = this.assembly;
    this.assembly = this.#parts.assemble(grants);
    this.#grants = grants;
    return before;
  }
}
