/** What the forms of a plugin have in common: a host that loads it, calls it, and lets it go. */
import type { FormName } from './subjects.ts';

/** A plugin that answers calls. */
export interface LoadedSource {
  /** @throws SourceFailure if the function reports a failure */
  call(name: string, input: unknown): Promise<unknown>;
  /** Once it resolves, nothing of it is left that the form can let go. */
  close(): Promise<void>;
}

/** An application whose plugins have one form. */
export interface FormHost {
  readonly form: FormName;
  /**
   * Loads what stands in the file of the plugin, as if it had just been written: nothing of an earlier load may be taken.
   * @param catalogue its configuration: "http://127.0.0.1:8080"
   */
  load(catalogue: string): Promise<LoadedSource>;
  close(): Promise<void>;
}
