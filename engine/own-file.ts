/** Where the engine's own files are, from the sources and from the built package. For threads and processes that start in one. */

const fromSources = import.meta.url.endsWith('.ts');

/**
 * @param name path of a file in engine/ without its extension, such as `runtime/compiler-thread`. It has to be an entry of the
 *   build: tsdown.config.ts
 */
export const ownFile = (name: string): URL =>
  // A build puts what several entries share beside index.js.
  new URL(fromSources ? `./${name}.ts` : `./${name}.js`, import.meta.url);
