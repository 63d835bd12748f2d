/** All suites, in the order in which they run: what stops what first, then what it costs. */
import { whyMissing } from '../published/packages.ts';

export interface Suite {
  /** Its folder beside this one, its script `npm run bench:<name>`, and the name in its document. */
  readonly name: string;
  /** Seconds after which it is ended: some times what it should take. */
  readonly patience: { readonly full: number; readonly quick: number };
  /** A suite before it whose document it is given, with the option of that name: what is in it is not done twice. */
  readonly takes?: string;
  /** Why it cannot run; undefined where it can. */
  readonly missing?: string | undefined;
}

const suite = (name: string, full = 300, quick = 60): Suite => ({ name, patience: { full, quick } });

export const SUITES: readonly Suite[] = [
  suite('isolation', 900, 90),
  suite('call'),
  suite('host'),
  suite('component'),
  suite('wasi'),
  suite('javascript'),
  suite('load'),
  suite('fuel', 500),
  { ...suite('published'), missing: whyMissing() },
  suite('meter'),
  suite('prices'),
  suite('loop'),
  suite('cores'),
  suite('fanout'),
  suite('density'),
  suite('growth'),
  suite('memory'),
  suite('reload'),
  suite('dev'),
  { ...suite('forms', 300, 90), takes: 'isolation' },
];
