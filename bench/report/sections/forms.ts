/** One plugin in several forms. */
import type { FormRow, FormsResults } from '../../forms/results.ts';
import { BASELINE, FORM_TABLE } from '../../forms/subjects.ts';
import type { Block, Section } from '../model.ts';
import { duration, milliseconds, short, times } from '../numbers.ts';
import { comparisonSection } from './comparison.ts';
import { SIGNS } from './isolation.ts';

const number = (text: string) => ({ text, isNumber: true });

export function formsSection(results: FormsResults): Section {
  const section = comparisonSection(results, {
    title: 'One plugin in several forms',
    what: 'The music source of this repository as an ES module, as a child over JSON messages, as a gRPC service in a child, and as WebAssembly in each executor; all ask the same catalogue over HTTP, and give the same answers.',
    baseline: 'The ES module: a function call, without a wall.',
    read: 'The ratios are large where the ES module does next to nothing: read the table of what each costs. Memory and CPU time are of the host and its children together. Safety is from some cases of the isolation table.',
    names: Object.fromEntries(Object.entries(FORM_TABLE).map(([form, { name }]) => [form, name])),
    chartTitle: 'Time against the ES module',
  });
  return { ...section, blocks: [costs(results), ...section.blocks, ...safety(results)] };
}

const kibibytes = (value: number | undefined): string => (value === undefined ? '-' : `${short(value)} KiB`);

function costs({ rows, forms, safety: tried }: FormsResults): Block {
  const timeOf = (form: string, work: string): string => {
    const own = rows.find(({ subject, size }) => subject === form && size === work);
    const base = rows.find(({ baseline, size }) => baseline === form && size === work);
    return duration(own?.us ?? base?.baselineUs ?? Number.NaN);
  };
  const baseCpu = forms.find(({ form }) => form === BASELINE)?.cpuMs;
  const cpu = ({ cpuMs }: FormRow): string =>
    cpuMs === undefined || baseCpu === undefined ? '-' : `${milliseconds(cpuMs)} (${times(cpuMs / baseCpu)})`;
  return {
    kind: 'table',
    title: 'What each form costs, and what it stops',
    columns: [
      { text: 'form' },
      ...[
        'load',
        'reload',
        'memory each',
        'left by a reload',
        'refused call',
        '99 of 100',
        'call with a request',
        'CPU for 2,000 lines',
        'stopped cleanly',
      ].map(number),
    ],
    rows: forms.map((row) => {
      const cases = tried.filter(({ form }) => form === row.form);
      return [
        FORM_TABLE[row.form].title,
        timeOf(row.form, 'load'),
        timeOf(row.form, 'reload'),
        kibibytes(row.memoryKiB),
        kibibytes(row.reloadKiB),
        duration(row.p50Us),
        duration(row.p99Us),
        timeOf(row.form, 'a call with a request'),
        cpu(row),
        `${cases.filter(({ outcome }) => outcome === 'clean').length} of ${cases.length}`,
      ];
    }),
  };
}

function safety({ safety: tried, fairness }: FormsResults): Block[] {
  return [
    {
      kind: 'table',
      title: 'What each form stops',
      columns: [{ text: 'form' }, { text: 'case' }, { text: 'outcome' }, { text: 'what happened' }],
      rows: tried.map(({ form, case: name, outcome, detail }) => {
        const { sign, word, tone } = SIGNS[outcome];
        return [FORM_TABLE[form].name, name, { text: `${sign} ${word}`, tone }, detail];
      }),
    },
    { kind: 'text', text: 'How each form was set up, and why that is fair to it:' },
    {
      kind: 'terms',
      items: Object.entries(fairness).map(
        ([form, text]) => [FORM_TABLE[form as keyof typeof FORM_TABLE].title, text] as const,
      ),
    },
  ];
}
