/** The three answers in plain words. A sentence for which there is no figure is left out. */
import { INLINE, INLINE_SYNC, PROCESS, WORKER } from '../call/subjects.ts';
import { CUSTOM } from '../host/subjects.ts';
import { MEMORY, NEVER_SEEN, PLAIN } from '../load/subjects.ts';
import { type Documents, documentOf, rowOf } from './documents.ts';
import { duration, grouped, short, times } from './numbers.ts';
import { countOutcomes, type PeerCount } from './sections/isolation.ts';

/** A size that calls and plugins often have. */
export const CALL_SIZE = '1 KB';
export const LOAD_SIZE = '200 KB';
const EIGHT = '8 instances';

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
  const dearest = [
    { what: 'loading bytes that were never seen', ratio: rowOf(loads, NEVER_SEEN, LOAD_SIZE, PLAIN)?.ratio },
    { what: 'a call of a host function', ratio: rowOf(documentOf(documents, 'host'), CUSTOM, EIGHT)?.ratio },
    { what: 'a call that answers with a promise', ratio: rowOf(calls, INLINE, CALL_SIZE)?.ratio },
  ].flatMap(({ what, ratio }) => (ratio === undefined ? [] : [`${what} (${times(ratio)})`]));
  return [
    ...paragraph([
      ...sentence(fuel, ({ geomean, programs }) => {
        const others =
          published === undefined
            ? ''
            : `, and ${more(published.geomean)} in packages from npm that others have written, the mean of ${published.packages}`;
        return `Computing takes ${more(geomean)} time than on plain V8, the mean of ${programs} programs${others}.`;
      }),
      ...sentence(inline, ({ us }) => {
        const far =
          worker === undefined || child === undefined
            ? ''
            : `, ${duration(worker.us)} in a worker and ${duration(child.us)} in a child process, of which a bare worker and a bare child that only echo take ${duration(worker.baselineUs)} and ${duration(child.baselineUs)}`;
        return `A call with ${CALL_SIZE} takes ${duration(us)} on your own thread${far}.`;
      }),
      ...sentence(rowOf(loads, NEVER_SEEN, LOAD_SIZE, PLAIN), ({ us }) => {
        const then = known === undefined ? '' : `, and ${duration(known.us)} each time after that`;
        return `Loading a plugin of ${LOAD_SIZE} takes ${duration(us)} once${then}.`;
      }),
    ]),
    ...(dearest.length === 0
      ? []
      : [`Dearest against the same by hand on plain V8, without limits: ${dearest.join(', ')}.`]),
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
    `Guests were made to loop, take memory, overflow the stack, crash, flood and more. Stopped cleanly, which is that the caller is told, other plugins keep their state and the event loop goes on: ${each}.${best === undefined ? '' : ` The best of the others, ${best.peer}, stops ${clean(best)}.`} No guest tried to break out of V8 itself; against that only a process of its own helps.`,
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
        `${duration(p50Us)} a call${memoryKiB === undefined ? '' : `, ${memoryKiB < 1_024 ? `${short(memoryKiB)} KiB` : `${grouped(memoryKiB / 1_024)} MiB`} each`}`,
    );
  const option = (need: string, what: string, name: string, form?: string): (readonly [string, string])[] => {
    const figures = [...stopped(name), ...(form === undefined ? [] : cost(form))];
    return figures.length === 0 ? [] : [[need, `${what}: ${figures.join('; ')}`]];
  };
  return [
    ...option('Code of your own', 'an ES module', 'es module', 'es-module'),
    ...option('WebAssembly of your own', 'plain V8', 'plain V8'),
    ...option('JavaScript from strangers, where a native addon can be installed', '`isolated-vm`', 'isolated-vm'),
    ...option('JavaScript from strangers elsewhere', '`quickjs-emscripten`', 'quickjs-emscripten'),
    ...option('Whole programs', 'a child process', 'child process', 'rpc-process'),
    ...option('Services in any language', 'gRPC', 'grpc service', 'grpc-service'),
    ...option('Plugins that hosts in other languages run, too', 'Extism, in its worker', 'extism 2.0 rc worker'),
  ];
}
