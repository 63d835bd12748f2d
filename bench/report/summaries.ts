/** The three answers in plain words. A sentence for which there is no figure is left out. */
import { INLINE, INLINE_SYNC, PROCESS, WORKER } from '../call/subjects.ts';
import { FORM_TABLE } from '../forms/subjects.ts';
import type { GrowthRow } from '../growth/results.ts';
import { CUSTOM } from '../host/subjects.ts';
import { DISK, IN_FRESH_THREAD, MEMORY, NEVER_SEEN, PLAIN } from '../load/subjects.ts';
import type { Results, Row } from '../support/comparison.ts';
import { type Documents, documentOf, rowOf } from './documents.ts';
import { duration, grouped, short, times } from './numbers.ts';
import { countOutcomes, type PeerCount } from './sections/isolation.ts';

/** A size that calls and plugins often have. */
export const CALL_SIZE = '1 KB';
export const LOAD_SIZE = '200 KB';

const sentence = <Value>(value: Value | undefined, say: (value: Value) => string): string[] =>
  value === undefined ? [] : [say(value)];
const paragraph = (sentences: readonly string[]): string[] => (sentences.length === 0 ? [] : [sentences.join(' ')]);

/** 1.034 is 3.4 % more. */
const more = (ratio: number): string => `${(Math.abs(ratio - 1) * 100).toFixed(1)} % ${ratio >= 1 ? 'more' : 'less'}`;

export function whatYouPay(documents: Documents): string[] {
  const fuel = Object.values(documentOf(documents, 'fuel')?.summary.modes ?? {})[0]?.ringfence;
  const published = documentOf(documents, 'published')?.summary;
  const calls = documentOf(documents, 'call');
  const [inline, worker, child] = [INLINE_SYNC, WORKER, PROCESS].map((name) => rowOf(calls, name, CALL_SIZE));
  const loads = documentOf(documents, 'load');
  const known = rowOf(loads, MEMORY, LOAD_SIZE);
  const disk = rowOf(loads, DISK, LOAD_SIZE);
  const fresh = rowOf(loads, IN_FRESH_THREAD, LOAD_SIZE);
  const dearest = [
    { what: 'loading bytes that were never seen', row: dearestRow(loads, NEVER_SEEN, PLAIN) },
    { what: 'a call that answers with a promise', row: dearestRow(calls, INLINE) },
    { what: 'a call of a host function', row: dearestRow(documentOf(documents, 'host'), CUSTOM) },
  ].flatMap(({ what, row }) => (row === undefined ? [] : [`${what} (${times(row.ratio)}, ${row.size})`]));
  return [
    ...paragraph([
      ...sentence(
        published,
        ({ geomean, packages, worst, worstPackage }) =>
          `Computing takes ${more(geomean)} time than on plain V8 in packages from npm that others have written, the mean of ${packages}; at worst ${more(worst)} (${worstPackage}).`,
      ),
      ...sentence(
        fuel,
        ({ geomean, programs }) =>
          `In ${programs} small programs it is ${more(geomean)}: V8 compiles the rewritten program otherwise, so that some of them become faster than they were.`,
      ),
      ...sentence(inline, ({ us }) => {
        const far =
          worker === undefined || child === undefined
            ? ''
            : `, ${duration(worker.us)} in a worker and ${duration(child.us)} in a child process, of which a bare worker and a bare child that only echo take ${duration(worker.baselineUs)} and ${duration(child.baselineUs)}`;
        return `A call with ${CALL_SIZE} takes ${duration(us)} on your own thread${far}. The way to another thread and back takes what the system makes of it: see the spread in the table.`;
      }),
      ...sentence(rowOf(loads, NEVER_SEEN, LOAD_SIZE, PLAIN), ({ us }) => {
        const restarted = disk === undefined ? '' : `, ${duration(disk.us)} after a restart with a disk cache`;
        const then = known === undefined ? '' : `, and ${duration(known.us)} each time after that in the same process`;
        const first =
          fresh === undefined
            ? ''
            : ` The very first one waits for the thread that does it to start: ${duration(fresh.us)} in all.`;
        return `Loading a plugin of ${LOAD_SIZE} takes ${duration(us)} once${restarted}${then}.${first}`;
      }),
    ]),
    ...(dearest.length === 0
      ? []
      : [`Dearest at any size against the same by hand on plain V8, without limits: ${dearest.join('; ')}.`]),
    ...paragraph(growthOf(documents)),
  ];
}

/** The row of a subject in which it is dearest. */
function dearestRow(results: Results | undefined, subject: string, baseline?: string): Row | undefined {
  const rows = results?.rows.filter(
    (row) => row.subject === subject && (baseline === undefined || row.baseline === baseline),
  );
  return rows?.sort((a, b) => b.ratio - a.ratio)[0];
}

/** What becomes dear with many, and with much. */
function growthOf(documents: Documents): string[] {
  const rows = documentOf(documents, 'growth')?.rows ?? [];
  const ends = (curve: string, subject: string, say: (first: GrowthRow, last: GrowthRow) => string): string[] => {
    const points = rows.filter((row) => row.curve === curve && row.subject === subject).sort((a, b) => a.at - b.at);
    const [first, last] = [points[0], points.at(-1)];
    return first === undefined || last === undefined || first === last ? [] : [say(first, last)];
  };
  return [
    ...ends(
      'plugins',
      'call',
      (first, last) =>
        `Many of them cost more each: where ${grouped(last.at)} plugins are called in turn, a call takes ${duration(last.us)}; with ${grouped(first.at)} it takes ${duration(first.us)}.`,
    ),
    ...ends(
      'subscribers',
      'inline',
      (_first, last) => `An event to ${grouped(last.at)} subscribers takes ${duration(last.us)}.`,
    ),
  ];
}

/** Where a plugin runs. */
export const WHERE: Readonly<Record<string, string>> = {
  'ringfence inline': 'on your own thread',
  'ringfence worker': 'in a worker, the default',
  'ringfence process': 'in a child process',
};

const clean = ({ counts, tried }: PeerCount): string => `${counts.clean} of ${tried}`;

/** Best first, and without those that were not tried. */
export function peersByOutcome(documents: Documents): { readonly own: PeerCount[]; readonly others: PeerCount[] } {
  const isolation = documentOf(documents, 'isolation');
  const counts = isolation === undefined ? [] : countOutcomes(isolation).filter(({ tried }) => tried > 0);
  const isOwn = ({ peer }: PeerCount): boolean => peer.startsWith('ringfence');
  const others = counts.filter((count) => !isOwn(count));
  return {
    own: counts.filter(isOwn),
    others: others.sort((a, b) => b.counts.clean / b.tried - a.counts.clean / a.tried),
  };
}

export function whatYouGet(documents: Documents): string[] {
  const { own, others } = peersByOutcome(documents);
  const [best] = others;
  if (own.length === 0) return [];
  const each = own.map((count) => `${clean(count)} ${WHERE[count.peer] ?? `by ${count.peer}`}`).join('; ');
  return [
    `Guests were made to loop, take memory, overflow the stack, crash, flood and more. Stopped cleanly, which is that the caller is told, other plugins keep their state and the event loop never stands still for half a second: ${each}. The cases are ours, and follow the limits that Ringfence has; where another sandbox has no such limit, "through" says that its host has to see to it.${best === undefined ? '' : ` The best of the others, ${best.peer}, stops ${clean(best)}.`}`,
    'No guest tried to break out of V8 itself, and no side channel was tried. One that broke out would reach what its process can: your application where plugins run `inline` or in a `worker`; the other plugins of its child in a `process`, which starts with an empty environment and under the permission model of Node.js, but is no container.',
  ];
}

/** What a reader may need, and what to take for it. */
export function whatElse(documents: Documents): (readonly [need: string, what: string])[] {
  const { others } = peersByOutcome(documents);
  const forms = documentOf(documents, 'forms')?.forms ?? [];
  const stopped = (name: string): string[] =>
    sentence(
      others.find(({ peer }) => peer === name),
      (count) => `stops ${clean(count)}`,
    );
  const cost = (form: string): string[] =>
    sentence(
      forms.find((row) => row.form === form),
      ({ p50Us, memoryKiB }) =>
        `the same plugin takes ${duration(p50Us)} for a refused call${memoryKiB === undefined ? '' : `, ${memoryKiB < 1_024 ? `${short(memoryKiB)} KiB` : `${grouped(memoryKiB / 1_024)} MiB`} each`}`,
    );
  const option = (need: string, what: string, name: string, form?: string): (readonly [string, string])[] => {
    const figures = [...stopped(name), ...(form === undefined ? [] : cost(form))];
    return figures.length === 0 ? [] : [[need, `${what}: ${figures.join('; ')}`]];
  };
  const same = (['wasm-inline', 'wasm-worker', 'wasm-process'] as const).flatMap((form) =>
    cost(form).map((text) => `${FORM_TABLE[form].name}, ${text}`),
  );
  return [
    ...(same.length === 0 ? [] : [['Ringfence, to compare with', `${same.join('; ')}`] as const]),
    ...option('Code of your own', 'an ES module', 'es module', 'es-module'),
    ...option('WebAssembly of your own', 'plain V8', 'plain V8'),
    ...option('JavaScript from strangers, where a native addon can be installed', '`isolated-vm`', 'isolated-vm'),
    ...option('JavaScript from strangers elsewhere', '`quickjs-emscripten`', 'quickjs-emscripten'),
    ...option('Whole programs', 'a child process', 'child process', 'rpc-process'),
    ...option('Services in any language', 'gRPC', 'grpc service', 'grpc-service'),
    ...option(
      'Plugins that hosts in other languages run, too',
      'Extism, the release candidate in its worker',
      'extism 2.0 rc worker',
    ),
  ];
}
