/** Tables of documents that are made of results, by the name that their marker has. */
import { PACKAGES } from '../../bench/published/packages.ts';
import { table } from '../tables.ts';
import { type Figures, findFigure } from './path.ts';

type Find = (expression: string) => string;

const MACHINE = (figures: Figures, suite: string): string => {
  const { machine } = figures.get(suite) as { machine: { node: string; cores: number; cpu: string; date: string } };
  return `Node.js ${machine.node}, ${machine.cpu} with ${machine.cores} cores, ${machine.date}`;
};

/** A ratio and half the range of its processes. */
const ratio = (find: Find, row: string): string => `${find(`${row}; ratio as .2`)} ± ${find(`${row}; spread as .2`)}`;

function fuel(find: Find): string {
  const cells = (mode: string, subject: string): string[] =>
    ['geomean', 'worst'].map((field) => find(`fuel; summary; modes; ${mode}; ${subject}; ${field} as .3`));
  const control = (mode: string): string => find(`fuel; summary; modes; ${mode}; control; geomean as .3`);
  const peer = 'fuel; summary; peers; @permaweb/wasm-metering';
  return table(
    ['CPU time against raw V8', 'mean', 'worst', 'control'],
    [
      ['default tiering', ...cells('default', 'ringfence'), control('default')],
      ['TurboFan only', ...cells('turbofan', 'ringfence'), control('turbofan')],
      [
        `\`@permaweb/wasm-metering\`, on the ${find(`${peer}; programs as ,`)} programs that it can rewrite, where ours is at ${find(`${peer}; ringfence as .3`)}`,
        find(`${peer}; geomean as .2`),
        find('fuel; summary; modes; default; @permaweb/wasm-metering; worst as .1'),
        '',
      ],
    ],
  );
}

const CALL_SIZES = ['0 B', '1 KB', '64 KB', '1 MB'];
const CALLS: readonly (readonly [subject: string, title: string, baseline: string])[] = [
  ['inline-sync', '`callBytesSync`', 'a malloc bridge written by hand'],
  ['inline', '`callBytes`, inline', 'that bridge behind an async function'],
  ['worker', '`callBytes`, worker', 'a bare worker that echoes'],
  ['process', '`callBytes`, process', 'a bare child that echoes'],
  ['extism', '`@extism/extism` on the calling thread', '`callBytes`, inline'],
  ['extism-guest-sync', 'its plugin here, `callBytesSync`', '`@extism/extism`'],
  ['extism-guest', 'its plugin here, `callBytes`', '`@extism/extism`'],
];

const calls = (find: Find): string =>
  table(
    ['', 'against', ...CALL_SIZES],
    CALLS.map(([subject, title, baseline]) => [
      title,
      baseline,
      ...CALL_SIZES.map((size) => ratio(find, `call; ${subject}, ${size}`)),
    ]),
  );

const LOAD_SIZES = ['10 KB', '200 KB', '2 MB'];
const LOADS: readonly (readonly [subject: string, baseline: string, title: string, against: string])[] = [
  ['memory-cache', 'plain-v8-instance', 'from memory, bytes', 'instantiate and start by hand'],
  ['memory-cache-file', 'plain-v8-instance', 'from memory, a file', 'the same'],
  ['disk-cache', 'plain-v8', 'from the disk', 'compile, instantiate and start by hand'],
  ['never-seen', 'rewriter', 'never seen', 'check, meter and compile in place'],
  ['never-seen', 'plain-v8', 'never seen', 'compile, instantiate and start by hand'],
];

const loads = (find: Find): string =>
  table(
    ['', 'against', ...LOAD_SIZES],
    LOADS.map(([subject, baseline, title, against]) => [
      title,
      against,
      ...LOAD_SIZES.map((size) => ratio(find, `load; ${subject}, ${baseline}, ${size}`)),
    ]),
  );

/** What the README tells. */
const costs = (find: Find): string =>
  table(
    ['what', 'costs'],
    [
      [
        'exact fuel, the stack counted, slices',
        `${find('fuel; summary; modes; default; ringfence; geomean as -1 *100 .1')} % of CPU time over ${find('fuel; summary; modes; default; ringfence; programs as ,')} programs (at worst ${find('fuel; summary; worst as -1 *100 .0')} %)`,
      ],
      [
        'the same, over packages from npm that others have written',
        `${find('published; summary; geomean as -1 *100 .0')} % over ${find('published; summary; packages as ,')} (at worst ${find('published; summary; worst as -1 *100 .0')} %)`,
      ],
      [
        'a call with 1 KB, `callBytesSync`',
        `${find('call; inline-sync, 1 KB; us as .2')} µs, ${find('call; inline-sync, 1 KB; ratio as .2')} times a bridge written by hand`,
      ],
      [
        'the same in a worker, in a child process',
        `${find('call; worker, 1 KB; us as .0')} µs, ${find('call; process, 1 KB; us as .0')} µs`,
      ],
      [
        'a host function that does nothing',
        `${find('host; noop, 8 instances; us as *1000 .0')} ns, against ${find('host; noop, 8 instances; baselineUs as *1000 .0')} ns for a plain import`,
      ],
      [
        'loading 200 KB: never seen, from memory',
        `${find('load; never-seen, plain-v8, 200 KB; us as /1000 .1')} ms, ${find('load; memory-cache, 200 KB; us as /1000 .2')} ms`,
      ],
      [
        'a live plugin',
        `${find('density; live; tenant; rssKiB as .0')} KiB with ${find('density; live; tenant; plugins as ,')} in the process; evicted ${find('density; registered; tenant; rssKiB as .0')} KiB`,
      ],
      [
        'replacing a running plugin with its state',
        `${find('reload; worker; reload; p50 as .1')} ms; ${find('reload; worker; failed as ,')} of ${find('reload; worker; calls as ,')} calls meanwhile failed`,
      ],
      ['from an edit to the reloaded plugin', `${find('dev; word-count; p50 as .0')} ms`],
    ],
  );

const published = (find: Find): string =>
  table(
    ['package', 'work', 'time metered, against as it is'],
    [
      ...PACKAGES.map(({ name, does }) => [`\`${name}\``, does, ratio(find, `published; ${name}`)]),
      ['geometric mean', '', find('published; summary; geomean as .2')],
    ],
  );

const TABLES: Readonly<Record<string, (find: Find) => string>> = { fuel, published, calls, loads, costs };

/** Where a table has another name than the suite whose machine it names. */
const SUITES: Readonly<Record<string, string>> = { calls: 'call', loads: 'load', costs: 'fuel' };

/** Undefined where there is no table of that name. */
export function figureTable(name: string, figures: Figures): string | undefined {
  const made = TABLES[name];
  if (made === undefined) return undefined;
  const suite = SUITES[name] ?? name;
  return `${made((expression) => findFigure(figures, expression))}\n\n${MACHINE(figures, suite)}.`;
}
