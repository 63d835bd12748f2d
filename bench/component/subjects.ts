/** What is measured: names, calls, and what is held against what. */
import type { Comparison } from '../support/comparison.ts';

/** The component here, with all defaults on: called at once, and awaited. */
export const SYNC = 'component-sync';
export const AWAITED = 'component';
/** The one core module that the component becomes, not metered, behind a bridge written by hand. */
export const LINKED = 'linked-by-hand';
export const CONTROL = 'linked-by-hand again';
/** The peer: the glue that jco generates. It is there only where @bytecodealliance/jco-transpile is installed. */
export const JCO = 'jco';

export const TRANSPILER = '@bytecodealliance/jco-transpile';

function isInstalled(name: string): boolean {
  try {
    import.meta.resolve(name);
    return true;
  } catch {
    return false;
  }
}
export const hasTranspiler: boolean = isInstalled(TRANSPILER);

export interface Work {
  /** Which of the components. */
  readonly guest: 'echo' | 'template';
  readonly name: string;
  readonly input: unknown;
}

/** By the name of the row. */
export const WORK: Readonly<Record<string, Work>> = {
  'echo, 2 B': { guest: 'echo', name: 'echo', input: '' },
  'echo, 1 KB': { guest: 'echo', name: 'echo', input: 'a'.repeat(1022) },
  'echo, 64 KB': { guest: 'echo', name: 'echo', input: 'a'.repeat(64 * 1024 - 2) },
  'template, short': { guest: 'template', name: 'render', input: { template: 'Hi {{name}}', data: { name: 'you' } } },
  'template, 100 items': {
    guest: 'template',
    name: 'render',
    input: {
      template: '{{#each items}}{{@index}}: {{.}} {{/each}}',
      data: { items: Array.from({ length: 100 }, (_, i) => `item ${i}`) },
    },
  },
};

/** The echo, written by hand, has host functions that jco does not take. */
const TEMPLATES = Object.keys(WORK).filter((size) => WORK[size]?.guest === 'template');

export const COMPARISONS: readonly Comparison[] = [
  { subject: SYNC, baseline: LINKED },
  { subject: AWAITED, baseline: LINKED },
  ...(hasTranspiler
    ? [
        { subject: SYNC, baseline: JCO, sizes: TEMPLATES },
        { subject: AWAITED, baseline: JCO, sizes: TEMPLATES },
        { subject: JCO, baseline: LINKED, sizes: TEMPLATES },
      ]
    : []),
  { subject: CONTROL, baseline: LINKED },
];
