/** The section of each suite, in the order of the report. To add one: a file here, and a line. */
import type { Section } from '../model.ts';
import { callSection } from './call.ts';
import { componentSection } from './component.ts';
import { coresSection } from './cores.ts';
import { densitySection } from './density.ts';
import { devSection } from './dev.ts';
import { fanoutSection } from './fanout.ts';
import { formsSection } from './forms.ts';
import { fuelSection } from './fuel.ts';
import { growthSection } from './growth.ts';
import { hostSection } from './host.ts';
import { isolationSection } from './isolation.ts';
import { javascriptSection } from './javascript.ts';
import { loadSection } from './load.ts';
import { loopSection } from './loop.ts';
import { memorySection } from './memory.ts';
import { meterSection } from './meter.ts';
import { pricesSection } from './prices.ts';
import { publishedSection } from './published.ts';
import { reloadSection } from './reload.ts';
import { wasiSection } from './wasi.ts';

/** Each takes the document of its suite, which its own command has written. */
export const SECTIONS: Readonly<Record<string, (document: never) => Section>> = {
  isolation: isolationSection,
  call: callSection,
  host: hostSection,
  component: componentSection,
  wasi: wasiSection,
  javascript: javascriptSection,
  load: loadSection,
  fuel: fuelSection,
  published: publishedSection,
  meter: meterSection,
  prices: pricesSection,
  loop: loopSection,
  cores: coresSection,
  fanout: fanoutSection,
  density: densitySection,
  growth: growthSection,
  memory: memorySection,
  reload: reloadSection,
  dev: devSection,
  forms: formsSection,
};
