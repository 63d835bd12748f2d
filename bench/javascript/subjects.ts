/** What is measured, and what it is held against. */
import type { Comparison } from '../support/comparison.ts';

/** The plugin here, as `ringfence build` makes it: QuickJS and its code in a component, metered, with all defaults on. */
export const PLUGIN = 'javascript';
/** The same sources in a runtime of quickjs-emscripten, with the limits that its documentation shows. */
export const QUICKJS = 'quickjs-emscripten';
export const CONTROL = 'quickjs-emscripten again';

export const COMPARISONS: readonly Comparison[] = [
  { subject: PLUGIN, baseline: QUICKJS },
  { subject: CONTROL, baseline: QUICKJS },
];

/** From a file that was never seen; the peer's engine is there already, and reads the sources. */
export const FIRST = 'first load';
export const AGAIN = 'load again';

/** Inputs of `render`, by the name of the row. */
export const CALLS: Readonly<Record<string, unknown>> = {
  'call, short': { template: 'Hi {{name}}', data: { name: 'you' } },
  'call, 100 items': {
    template: '{{#each items}}{{@index}}: {{.}} {{/each}}',
    data: { items: Array.from({ length: 100 }, (_, i) => `item ${i}`) },
  },
};
