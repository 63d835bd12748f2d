/** The first page: what do I pay, what do I get, what would I use instead. */
import { BRIDGE, EXTISM, INLINE, INLINE_SYNC, PROCESS, WORKER } from '../call/subjects.ts';
import { FORM_TABLE } from '../forms/subjects.ts';
import { DISK, INSTANCE, MEMORY, NEVER_SEEN, PLAIN } from '../load/subjects.ts';
import { adviceFor } from './advice.ts';
import { type Documents, documentOf, rowOf } from './documents.ts';
import type { Answer, Block, Cell, Fact } from './model.ts';
import { duration, milliseconds, overhead, short, times } from './numbers.ts';
import { countOutcomes, type PeerCount, SIGNS } from './sections/isolation.ts';
import { CALL_SIZE, LOAD_SIZE, peersByOutcome, WHERE, whatElse, whatYouGet, whatYouPay } from './summaries.ts';

export const answersOf = (documents: Documents): Answer[] => [
  { question: 'What do I pay?', summary: whatYouPay(documents), facts: costs(documents), blocks: [] },
  { question: 'What do I get?', summary: whatYouGet(documents), facts: gains(documents), blocks: [] },
  { question: 'What would I use instead?', summary: [], facts: [], blocks: alternatives(documents) },
];

/** A fact for which there is no figure is left out. */
const fact = <Value>(suite: string, value: Value | undefined, say: (value: Value) => Omit<Fact, 'suite'>): Fact[] =>
  value === undefined ? [] : [{ suite, ...say(value) }];

function costs(documents: Documents): Fact[] {
  const fuel = documentOf(documents, 'fuel')?.summary;
  const calls = documentOf(documents, 'call');
  const loads = documentOf(documents, 'load');
  const ours = Object.values(fuel?.modes ?? {})[0]?.ringfence;
  return [
    ...fact('published', documentOf(documents, 'published')?.summary, ({ geomean, worst, worstPackage, packages }) => ({
      figure: overhead(geomean),
      text: `CPU time for exact fuel in packages from npm that others have written, mean of ${packages}; at worst ${overhead(worst)} (${worstPackage})`,
    })),
    ...fact('fuel', ours, ({ geomean, worst, worstProgram, programs }) => ({
      figure: overhead(geomean),
      text: `the same in small programs, mean of ${programs}, some of which become faster; at worst ${overhead(worst)} (${worstProgram})`,
    })),
    ...fact('call', rowOf(calls, INLINE_SYNC, CALL_SIZE), ({ us, ratio }) => ({
      figure: duration(us),
      text: `a synchronous call with ${CALL_SIZE} on your thread, ${times(ratio)} a ${BRIDGE} written by hand`,
    })),
    ...fact('call', rowOf(calls, WORKER, CALL_SIZE), ({ us, ratio }) => ({
      figure: duration(us),
      text: `the same in a worker, ${times(ratio)} one that only echoes; ${duration(rowOf(calls, PROCESS, CALL_SIZE)?.us ?? Number.NaN)} in a child process, ${duration(rowOf(calls, INLINE, CALL_SIZE)?.us ?? Number.NaN)} as a promise on your thread`,
    })),
    ...fact('load', rowOf(loads, NEVER_SEEN, LOAD_SIZE, PLAIN), ({ us, ratio }) => ({
      figure: duration(us),
      text: `to load a plugin of ${LOAD_SIZE} that was never seen, ${times(ratio)} plain V8; ${duration(rowOf(loads, DISK, LOAD_SIZE)?.us ?? Number.NaN)} from a disk cache, ${duration(rowOf(loads, MEMORY, LOAD_SIZE, INSTANCE)?.us ?? Number.NaN)} again in the same process`,
    })),
    ...fact('density', documentOf(documents, 'density')?.live[0], ({ rssKiB, plugins }) => ({
      figure: `${short(rssKiB)} KiB`,
      text: `of memory for each of ${plugins.toLocaleString('en-US')} live plugins of one small module`,
    })),
    ...fact('meter', documentOf(documents, 'meter')?.summary, ({ geomean, growth }) => ({
      figure: `${short(geomean)} MB/s`,
      text: `checked and rewritten on one core; modules become ${times(growth)} as large`,
    })),
  ];
}

function gains(documents: Documents): Fact[] {
  const { own, others } = peersByOutcome(documents);
  const [best] = others;
  const eight = documentOf(documents, 'loop')
    ?.rows.filter(({ spinners }) => spinners === 8)
    .sort((a, b) => b.delay.p99 - a.delay.p99)[0];
  const reloads = documentOf(documents, 'reload')?.rows.find(({ executor }) => executor === 'worker');
  const extism = rowOf(documentOf(documents, 'call'), EXTISM, CALL_SIZE);
  return [
    ...own.map(({ peer, counts: { clean }, tried }) => ({
      suite: 'isolation',
      figure: `${clean} of ${tried}`,
      text: `attacks and accidents stopped cleanly ${WHERE[peer] ?? peer}`,
    })),
    ...fact('isolation', best, ({ peer, counts: { clean }, tried }) => ({
      figure: `${clean} of ${tried}`,
      text: `by the best of the others, ${peer}`,
    })),
    ...fact('loop', eight, ({ delay }) => ({
      figure: milliseconds(delay.p99),
      text: 'is how late a timer comes (99th percentile) while eight plugins compute for ever on your own thread, the worst of the loads that were tried',
    })),
    ...fact('reload', reloads, ({ reload, failed, forgotten, calls }) => ({
      figure: milliseconds(reload.p50),
      text: `to replace a running plugin with its state; ${failed + forgotten} of ${calls.toLocaleString('en-US')} calls lost`,
    })),
    ...fact('call', extism, ({ ratio }) => ({
      figure: times(ratio),
      text: `our time for a call with ${CALL_SIZE} that echoes is what one of \`@extism/extism\` takes, each with a plugin of its own kind`,
    })),
  ];
}

function alternatives(documents: Documents): Block[] {
  const isolation = documentOf(documents, 'isolation');
  if (isolation === undefined)
    return [{ kind: 'text', text: 'The suite `isolation` did not run, so nothing is compared here.' }];
  return [
    { kind: 'terms', items: whatElse(documents) },
    {
      kind: 'table',
      title: 'From the isolation table: how many cases each stops cleanly, and the worst that happened to its host',
      isList: true,
      columns: [{ text: 'sandbox' }, { text: 'clean', isNumber: true }, { text: 'at worst' }, { text: 'take it for' }],
      rows: countOutcomes(isolation).map((count) => [
        count.peer,
        `${count.counts.clean} of ${count.tried}`,
        worst(count),
        adviceFor(count.peer),
      ]),
    },
    {
      kind: 'text',
      text: 'At worst: "ends", its process was gone; "hangs", its event loop stood still or the caller never got an answer; "through", nothing stopped the guest; "loss", it lost time, state or a call. In brackets, in how many cases. The counts differ, since cases that a sandbox has nothing to be tried with are left out.',
    },
    ...formsOf(documents),
    {
      kind: 'text',
      text: 'No row here tries to break out: what JavaScript in `node:vm`, in workers and in plain child processes may reach is not what WebAssembly may reach. Read the section on isolation before you choose.',
    },
  ];
}

/** One and the same plugin in each form of plugin that there is. */
function formsOf(documents: Documents): Block[] {
  const forms = documentOf(documents, 'forms');
  if (forms === undefined) return [];
  const timeOf = (form: string, work: string): string => {
    const own = forms.rows.find(({ subject, size }) => subject === form && size === work);
    const base = forms.rows.find(({ baseline, size }) => baseline === form && size === work);
    return duration(own?.us ?? base?.baselineUs ?? Number.NaN);
  };
  return [
    {
      kind: 'table',
      title: 'One plugin in each form: what it costs, and how much of what was tried it stops',
      columns: [
        { text: 'form' },
        ...['load', 'a refused call', 'reload', 'memory each', 'stopped cleanly'].map((text) => ({
          text,
          isNumber: true,
        })),
      ],
      rows: forms.forms.map(({ form, memoryKiB, p50Us }) => {
        const tried = forms.safety.filter((row) => row.form === form);
        return [
          FORM_TABLE[form].title,
          timeOf(form, 'load'),
          duration(p50Us),
          timeOf(form, 'reload'),
          memoryKiB === undefined ? '-' : `${short(memoryKiB)} KiB`,
          `${tried.filter(({ outcome }) => outcome === 'clean').length} of ${tried.length}`,
        ];
      }),
    },
  ];
}

function worst({ counts }: PeerCount): Cell {
  const outcome = (['ends', 'hangs', 'through', 'loss'] as const).find((each) => counts[each] > 0) ?? 'clean';
  const { sign, word, tone } = SIGNS[outcome];
  return { text: `${sign} ${word}${counts[outcome] > 1 && outcome !== 'clean' ? ` (${counts[outcome]})` : ''}`, tone };
}
