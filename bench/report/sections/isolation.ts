/** What sandboxes stop. */
import { CASES } from '../../isolation/cases.ts';
import { type IsolationResults, type IsolationRow, OUTCOMES, type Outcome } from '../../isolation/results.ts';
import type { Block, Cell, Section, StackChart, Tone } from '../model.ts';
import { grouped } from '../numbers.ts';

/** A sign, a word and a colour: none of them alone. */
export const SIGNS: Readonly<Record<Outcome, { readonly sign: string; readonly word: string; readonly tone: Tone }>> = {
  clean: { sign: '✓', word: 'clean', tone: 'good' },
  loss: { sign: '◐', word: 'loss', tone: 'fair' },
  through: { sign: '○', word: 'through', tone: 'fair' },
  hangs: { sign: '■', word: 'HANGS', tone: 'bad' },
  ends: { sign: '✕', word: 'ENDS', tone: 'bad' },
  none: { sign: '–', word: 'not tried', tone: 'mute' },
};

export function isolationSection(results: IsolationResults): Section {
  const { suite, machine, peers, rows, calls, guests, hostMemoryBytes } = results;
  const found = cells(rows);
  const names = [...new Set(rows.map((row) => row.case))];
  const left = CASES.filter(({ name }) => !names.includes(name));
  return {
    suite,
    title: 'What sandboxes stop',
    what: `What happens to a host whose guests loop, take memory, overflow the stack, crash and flood? Each case runs in a host process of its own under a watchdog that allows it ${grouped(hostMemoryBytes / 2 ** 20)} MiB. "A million calls" are ${grouped(calls)} here, "a thousand guests" ${grouped(guests ?? 0)}.`,
    baseline: 'All peers do the same work and get the same limits, as far as their own documentation has them.',
    read: 'Judged by what others notice: the caller, another guest of the same host, the event loop. A case in which nothing but time was lost, perhaps to a neighbour, was tried again alone, and says so. What is not tested is escape: no guest tries to break out of V8, read files or open sockets.',
    command: `npm run bench:${suite}`,
    machine,
    blocks: [
      ...(left.length === 0
        ? []
        : [
            {
              kind: 'text' as const,
              text: `${names.length} of ${CASES.length} cases are in this run. Left out: ${left.map(({ name }) => name).join(', ')}.`,
            },
          ]),
      {
        kind: 'table',
        title: 'Cases and sandboxes',
        isMatrix: true,
        columns: [{ text: 'case' }, ...peers.map(({ name }) => ({ text: name }))],
        rows: names.map((name) => [name, ...peers.map((peer) => found(peer.name, name))]),
      },
      {
        kind: 'terms',
        items: Object.entries(OUTCOMES).map(([outcome, text]) => {
          const { sign, word } = SIGNS[outcome as Outcome];
          return [`${sign} ${word}`, text] as const;
        }),
      },
      countsChart(results),
      { kind: 'text', text: 'What each case is:' },
      {
        kind: 'terms',
        items: CASES.filter(({ name }) => names.includes(name)).map(({ name, what }) => [name, what] as const),
      },
      { kind: 'text', text: 'How each peer was set up, and why that is fair to it:' },
      { kind: 'terms', items: fairnessOf(peers) },
      ...whatHappened(rows),
    ],
  };
}

/** Peers that were set up alike stand together. */
function fairnessOf(peers: IsolationResults['peers']): [string, string][] {
  const names = new Map<string, string[]>();
  for (const { name, fairness } of peers) names.set(fairness, [...(names.get(fairness) ?? []), name]);
  return [...names].map(([fairness, alike]) => [alike.join(', '), fairness]);
}

function cells(rows: readonly IsolationRow[]): (peer: string, name: string) => Cell {
  const byName = new Map(rows.map((row) => [`${row.peer}\n${row.case}`, row]));
  return (peer, name) => {
    const row = byName.get(`${peer}\n${name}`);
    const { sign, word, tone } = SIGNS[row?.outcome ?? 'none'];
    return { text: row?.outcome === 'none' || row === undefined ? sign : `${sign} ${word}`, tone, title: row?.detail };
  };
}

const ORDER = ['clean', 'loss', 'through', 'hangs', 'ends'] as const satisfies readonly Outcome[];

export interface PeerCount {
  readonly peer: string;
  readonly counts: Readonly<Record<Outcome, number>>;
  readonly tried: number;
}

/** How often each outcome came of each peer. */
export function countOutcomes({ peers, rows }: Pick<IsolationResults, 'peers' | 'rows'>): PeerCount[] {
  return peers.map(({ name }) => {
    const counts: Record<Outcome, number> = { clean: 0, loss: 0, through: 0, hangs: 0, ends: 0, none: 0 };
    for (const row of rows) if (row.peer === name) counts[row.outcome]++;
    return { peer: name, counts, tried: ORDER.reduce((sum, outcome) => sum + counts[outcome], 0) };
  });
}

export function countsChart(results: Pick<IsolationResults, 'peers' | 'rows'>): StackChart {
  return {
    kind: 'stacks',
    title: 'What came of the cases that could be tried',
    axis: 'number of cases; from left to right: clean, loss, through, hangs, ends',
    better: 'the more is green, the better; a shorter bar could be tried with fewer cases',
    parts: [
      { name: 'clean', tone: 'good' },
      { name: 'loss', tone: 'fair' },
      { name: 'through', tone: 'mute' },
      { name: 'hangs the host', tone: 'bad' },
      { name: 'ends the host', tone: 'worst' },
    ],
    stacks: countOutcomes(results).map(({ peer, counts, tried }) => ({
      label: peer,
      values: ORDER.map((outcome) => counts[outcome]),
      text: `${counts.clean} of ${tried} clean`,
    })),
  };
}

/** To which the same happened in the same case. */
function alike(rows: readonly IsolationRow[]): Map<string, { readonly peers: string[]; readonly row: IsolationRow }> {
  const found = new Map<string, { readonly peers: string[]; readonly row: IsolationRow }>();
  for (const row of rows) {
    const key = [row.case, row.outcome, row.detail].join('\n');
    const same = found.get(key);
    if (same === undefined) found.set(key, { peers: [row.peer], row });
    else same.peers.push(row.peer);
  }
  return found;
}

/** What was lost where something was, and what the callers of Ringfence were told. */
function whatHappened(rows: readonly IsolationRow[]): Block[] {
  const told = rows.filter(({ peer, outcome }) => outcome !== 'clean' || peer.startsWith('ringfence'));
  if (told.length === 0) return [];
  return [
    {
      kind: 'table',
      title:
        'What happened: to Ringfence in every case, to the others where a case was not clean or could not be tried',
      isList: true,
      columns: [{ text: 'case' }, { text: 'outcome' }, { text: 'sandboxes' }, { text: 'what happened' }],
      rows: [...alike(told).values()].map(({ peers, row: { case: name, outcome, detail } }) => {
        const { sign, word, tone } = SIGNS[outcome];
        return [name, { text: `${sign} ${word}`, tone }, peers.join(', '), detail];
      }),
    },
  ];
}
