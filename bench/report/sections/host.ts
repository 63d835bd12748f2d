/** What host functions cost. */
import {
  CUSTOM,
  JSON_AS,
  JSON_PARSE,
  KV_GET,
  KV_SET,
  LOG,
  NOOP,
  PLAIN,
  PLAIN_GET,
  PLAIN_LOG,
  PLAIN_PARSE,
  PLAIN_SET,
} from '../../host/subjects.ts';
import type { Results } from '../../support/comparison.ts';
import type { Section } from '../model.ts';
import { comparisonSection } from './comparison.ts';

export const hostSection = (results: Results): Section =>
  comparisonSection(results, {
    title: 'What a plugin pays to call its host',
    what: 'Loops in a plugin over host functions: one that finds nothing to do, one of the application, a log line, a small JSON document, a stored value. With one instance in the process, and with eight that take turns.',
    baseline:
      'The same loops in a module that is not metered, over plain imports that do the same, written by hand without limits or permissions.',
    read: 'The ratio is the price of fuel taken before the work, pointers and limits checked, and use counted. V8 sees through a plain import of a single instance, which no sandbox with several can have: read the rows of eight instances first.',
    names: {
      [NOOP]: 'nothing done',
      [CUSTOM]: 'application’s own',
      [LOG]: 'log line',
      [JSON_PARSE]: 'JSON parsed',
      [JSON_AS]: 'JSON read by json-as, inside',
      [KV_SET]: 'value stored',
      [KV_GET]: 'value read',
      [PLAIN]: 'plain import',
      [PLAIN_LOG]: 'log by hand',
      [PLAIN_PARSE]: 'JSON by hand',
      [PLAIN_SET]: 'map by hand, set',
      [PLAIN_GET]: 'map by hand, get',
    },
  });
