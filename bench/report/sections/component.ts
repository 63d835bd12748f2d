/** What calls of components cost. */
import { AWAITED, JCO, LINKED, SYNC } from '../../component/subjects.ts';
import type { Results } from '../../support/comparison.ts';
import type { Section } from '../model.ts';
import { comparisonSection } from './comparison.ts';

export const componentSection = (results: Results): Section =>
  comparisonSection(results, {
    title: 'Components',
    what: 'Text into a component and out of it: an echo written by hand, and a template engine in JavaScript.',
    baseline:
      'The core module that the component becomes, not metered, behind a bridge written by hand. And, where its transpiler is installed, the glue that jco generates for the same file.',
    read: 'The echo shows what lifting and lowering cost, the templates what metering an interpreter costs.',
    names: {
      [SYNC]: 'called at once',
      [AWAITED]: 'awaited',
      [LINKED]: 'by hand',
      [JCO]: 'jco’s glue',
    },
  });
