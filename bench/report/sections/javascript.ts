/** What a plugin in JavaScript costs. */
import type { Results } from '../../support/comparison.ts';
import type { Section } from '../model.ts';
import { comparisonSection } from './comparison.ts';

export const javascriptSection = (results: Results): Section =>
  comparisonSection(results, {
    title: 'A plugin in JavaScript',
    what: 'A template engine, loaded and called: here it is a component with QuickJS inside, metered like every other plugin.',
    baseline: 'The same sources in quickjs-emscripten, a runtime for each plugin with memory, stack and time limited.',
    read: 'The peer keeps one engine for all plugins and reads sources, so it loads faster; calls are one interpreter against the other.',
    names: {},
  });
