/**
 * Writes the documents that are made from the engine's own tables: `npm run docs`. A test compares them with what is
 * committed. In documents that people write only the parts between `<!-- generated: … -->` and `<!-- end -->` are, and figures: those come
 * from the committed results of the benchmarks, whose report is written, too.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { writeReport } from '../bench/report/write.ts';
import { ABI_EXPORTS, type AbiExport, MEMORY_EXPORT } from '../engine/abi/exports.ts';
import { KERNEL_FUNCTIONS } from '../engine/abi/extism.ts';
import { HOOKS } from '../engine/build/hooks.ts';
import { ERRORS, type ErrorCode, type ErrorFamily } from '../engine/errors.ts';
import { FOREIGN_FUNCTIONS } from '../engine/host/foreign-table.ts';
import { HTTP_ERRORS } from '../engine/host/http-errors.ts';
import { HOST_FUNCTIONS } from '../engine/host/table.ts';
import { LIMIT_NAMES, LIMITS, type LimitName, type LimitUnit, STRUCTURE } from '../engine/limits.ts';
import {
  ENGINE_KEYS,
  type KeyRow,
  PLUGIN_KEYS,
  RELOAD_KEYS,
  SUPERVISION_KEYS,
  TOP_KEYS,
} from '../engine/manager/configuration/keys.ts';
import { COST_TABLE_VERSION, costOf, entryCost, OPERAND_PRICES } from '../engine/meter/index.ts';
import { CALL_LIMITS } from '../engine/options.ts';
import { REFUSED_FEATURES } from '../engine/validate/policy.ts';
import { OPCODES } from '../engine/wasm/index.ts';
import { signatureName } from '../engine/wasm/types.ts';
import { fillFigures } from './figures/fill.ts';
import { committedFigures, RESULTS } from './figures/results.ts';
import { figureTable } from './figures/tables.ts';
import { type Member, membersOf } from './members.ts';
import { code, count, table } from './tables.ts';

const MADE = '<!-- Made by `npm run docs` from the tables in engine/. Change those, not this file. -->';
const docs = new URL('./', import.meta.url);
/** Documents that people write, and in which something is filled in. */
export const WRITTEN = [
  '../README.md',
  'ARCHITECTURE.md',
  'BENCHMARKS.md',
  'EMBEDDING.md',
  'OPERATING.md',
  'PLUGINS.md',
  'RATIONALE.md',
  'SECURITY.md',
];

/** Text of each generated document by its file name in docs/. */
export function generatedDocuments(): ReadonlyMap<string, string> {
  return new Map([
    ['ERRORS.md', errors()],
    ['LIMITS.md', limits()],
    ['OPTIONS.md', options()],
    ['CONFIGURATION.md', configuration()],
    ['COSTS.md', costs()],
    ...WRITTEN.map((name) => [name, filled(name)] as const),
  ]);
}

function page(title: string, ...parts: readonly string[]): string {
  return `${[`# ${title}`, MADE, ...parts].join('\n\n')}\n`;
}

const FAMILIES: Readonly<Record<ErrorFamily, string>> = {
  guest: 'The plugin misbehaved, or is not what it should be.',
  caller: 'The caller or the operator asked for something that cannot be.',
  engine: 'Neither of them: a wall fell, a host function failed, or Ringfence has a fault.',
};

function errors(): string {
  const codes = Object.keys(ERRORS) as ErrorCode[];
  const family = (name: ErrorFamily): string =>
    [
      `## Family \`${name}\``,
      FAMILIES[name],
      table(
        ['code', 'exit status', 'meaning', 'what to do'],
        codes
          .filter((id) => ERRORS[id].family === name)
          .map((id) => [code(id), String(ERRORS[id].exitCode), ERRORS[id].summary, ERRORS[id].fix]),
      ),
    ].join('\n\n');
  return page(
    'Errors',
    'Everything that the engine throws or rejects with is a `RingfenceError`. Match on its `code`, which is never renamed and never ' +
      'reused: `isRingfenceError(error, "OUT_OF_FUEL")`. The command line ends with the exit status of the code; 0 is success.',
    table(
      ['member', 'meaning'],
      [
        ['`code`', 'One of the codes below.'],
        ['`family`', 'Who is at fault: `guest`, `caller` or `engine`.'],
        ['`message`', 'What was expected, what came and where, for people.'],
        ['`stage`', 'The part of a plugin’s life in which it arose, such as `decode`, `validate`, `call`.'],
        ['`plugin`', 'Id of the plugin.'],
        ['`details`', 'Plain data. Of a call that failed: `function`, `version` and, once it ran, `usage`.'],
        ['`cause`', 'The error behind it, where there is one.'],
      ],
    ),
    '`toJSON()` and `RingfenceError.fromJSON()` carry an error across threads and processes.',
    ...(Object.keys(FAMILIES) as ErrorFamily[]).map(family),
  );
}

const UNITS: Readonly<Record<LimitUnit, string>> = {
  bytes: 'B, KB, MB, GB, KiB, MiB, GiB',
  ms: 'ms, s, m, min, h',
  fuel: 'k, M, G; ms, s',
  count: 'k, M',
  words: 'k',
};

function limits(): string {
  const callLimits: ReadonlySet<LimitName> = new Set(CALL_LIMITS);
  return page(
    'Limits',
    'A limit has one name everywhere: in the options of `createEngine`, `engine.load` and `plugin.call`, in the manifest, after `--limit` on ' +
      'the command line, and in the details of errors. A value is a whole number in the unit of the table, or text with a suffix, ' +
      'such as `"32MiB"` or `"10s"`. An unknown name is an error.',
    'The engine’s limits hold for every plugin. A manifest may only lower them. What is given to `load` counts over both, and what is given ' +
      'to a call over that, for the limits marked in the last column. Nothing raises a limit above its highest value.',
    table(
      ['limit', 'unit', 'default', 'lowest', 'highest', 'what it bounds', 'per call'],
      LIMIT_NAMES.map((name) => {
        const { unit, min, max, doc } = LIMITS[name];
        return [
          code(name),
          unit,
          count(LIMITS[name].default),
          count(min),
          count(max),
          doc,
          callLimits.has(name) ? 'yes' : '',
        ];
      }),
    ),
    'Fuel may be written as CPU time too, `"50ms"` or `"2s"`, wherever an operator or a caller sets it, but not in a manifest. It is turned into a ' +
      'number when it is read, by what this machine burns in a millisecond: measured once per process, in some milliseconds, with a fixed piece of ' +
      'code (`fuelPerMs()` tells). The number differs from machine to machine, and from run to run by some per cent, so a call that needs nearly all ' +
      'of it may end on one and not on another. A plugin whose instructions are dearer or cheaper than that piece of code runs longer or shorter: ' +
      'it is a measure for budgets, not a clock. `timeoutMs` is the clock.',
    '## Suffixes',
    table(
      ['unit', 'suffixes'],
      Object.entries(UNITS).map(([unit, suffixes]) => [unit, suffixes]),
    ),
    '## Structure of modules and manifests',
    'These protect the host from what compiling costs. They are the same for every plugin and cannot be changed; over one of them, loading ends ' +
      'with `LIMIT_EXCEEDED` or, in a manifest, with `INVALID_MANIFEST`, in a configuration file with `INVALID_CONFIG`. [RATIONALE.md](RATIONALE.md#why-these-structural-limits) says where the numbers come from.',
    table(
      ['limit', 'value', 'note'],
      membersOf('engine/limits.ts', 'STRUCTURE').map(({ name, doc }) => [
        code(name),
        count(STRUCTURE[name as keyof typeof STRUCTURE]),
        doc,
      ]),
    ),
  );
}

const OPTION_GROUPS: readonly (readonly [title: string, source: string, name: string])[] = [
  ['createEngine(options)', 'engine/options.ts', 'EngineOptions'],
  ['engine.load(source, options)', 'engine/options.ts', 'LoadOptions'],
  ['grants', 'engine/grants.ts', 'GrantsInput'],
  ['deterministic', 'engine/options.ts', 'DeterministicInput'],
  ['an entry of grants.http', 'engine/grants.ts', 'HttpGrant'],
  [
    'plugin.call, callBytes, invoke, callSync, callBytesSync (name, input, options)',
    'engine/options.ts',
    'CallOptions',
  ],
  ['plugin.restart, plugin.unload, engine.close (options)', 'engine/options.ts', 'CloseOptions'],
  ['logger', 'engine/logger.ts', 'Logger'],
  ['what the logger gets', 'engine/logger.ts', 'LogEntry'],
  ['what onAudit gets', 'engine/audit.ts', 'AuditEvent'],
  ['meter(bytes, options) of ringfence/meter', 'engine/meter/options.ts', 'MeterOptions'],
  ['its limits', 'engine/meter/options.ts', 'MeterLimits'],
];

function options(): string {
  const row = ({ name, text, doc, fallback }: Member): string[] => [
    code(name),
    code(text),
    doc,
    fallback === undefined ? '' : fallback,
  ];
  return page(
    'Options',
    'Every option of the API. All of them may be left out, and a name that is not here is an `INVALID_OPTION`, never ignored. Limits have a ' +
      'page of their own: [LIMITS.md](LIMITS.md).',
    ...OPTION_GROUPS.flatMap(([title, source, name]) => [
      `## ${title}`,
      table(['name', 'type', 'meaning', 'default'], membersOf(source, name).map(row)),
    ]),
  );
}

const MANAGER_TYPES = 'engine/manager/configuration/configuration.ts';
/** Each with the interfaces that explain its keys where the table of keys does not, the first that does. */
const KEY_GROUPS: readonly (readonly [
  title: string,
  keys: Readonly<Record<string, KeyRow>>,
  sources: readonly (readonly [source: string, name: string])[],
])[] = [
  ['The file', TOP_KEYS, [[MANAGER_TYPES, 'ManagerConfiguration']]],
  ['engine', ENGINE_KEYS, [['engine/options.ts', 'EngineOptions']]],
  [
    'a plugin',
    PLUGIN_KEYS,
    [
      [MANAGER_TYPES, 'PluginConfiguration'],
      ['engine/options.ts', 'LoadOptions'],
    ],
  ],
  ['supervision', SUPERVISION_KEYS, [[MANAGER_TYPES, 'SupervisionInput']]],
  ['reload', RELOAD_KEYS, [[MANAGER_TYPES, 'ReloadInput']]],
];

function configuration(): string {
  return page(
    'Configuration files',
    'Every key of `ringfence.yaml`, which may also be called `ringfence.json` and be JSON. [OPERATING.md](OPERATING.md) shows one. All keys may be left ' +
      'out. A key that is not here is an error, as are a name that stands twice and a tag. `ringfence config check` says what is wrong, each problem with ' +
      'its file, line, column and path; `ringfence config print` prints what takes effect.',
    'A duration is a whole number of milliseconds, or text such as `500ms`, `10s`, `5m`, `1h`; a size is bytes, or text such as `32MiB`; fuel is units, or ' +
      'text such as `5M` or `50ms` ([LIMITS.md](LIMITS.md)). Relative paths start in the folder of the file. At most ' +
      `${count(STRUCTURE.configBytes)} bytes and ${count(STRUCTURE.configValues)} values are read, what aliases stand for counted at each place.`,
    ...KEY_GROUPS.flatMap(([title, keys, sources]) => {
      const members = sources.flatMap(([source, name]) => membersOf(source, name));
      return [
        `## ${title}`,
        table(
          ['key', 'value', 'meaning', 'default'],
          Object.entries(keys).map(([name, { type, doc, fallback }]) => {
            const said = members.filter((member) => member.name === name);
            return [
              code(name),
              type,
              doc ?? said.find((member) => member.doc !== '')?.doc ?? '',
              fallback ?? said.find((member) => member.fallback !== undefined)?.fallback ?? '',
            ];
          }),
        ),
      ];
    }),
  );
}

function costs(): string {
  const accepted = OPCODES.filter(({ feature }) => REFUSED_FEATURES[feature] === undefined);
  const prices = [...new Set(accepted.map((row) => costOf(row)))].sort((a, b) => a - b);
  const named = (price: number): string =>
    accepted
      .filter((row) => costOf(row) === price)
      .map(({ name }) => name)
      .join(' ');
  return page(
    'Costs',
    `What is charged, in fuel: version ${COST_TABLE_VERSION} of the table. One unit is about the time of one simple instruction. The version is part of ` +
      'the key under which compiled modules are kept, so no module runs at old prices. `npm run bench:prices` measures what instructions take beside what ' +
      'they cost; [RATIONALE.md](RATIONALE.md#how-were-the-prices-chosen) says how the prices were chosen.',
    '## Instructions',
    'Each time one runs. Instructions of [features that are off](../README.md#what-it-runs-on) are not listed: modules that use them are refused.',
    ...prices.flatMap((price) => [`**${count(price)}**`, `\`\`\`text\n${wrap(named(price), 120)}\n\`\`\``]),
    '## Work that an operand sizes',
    'Paid on top of the price above, before the operation starts. An operation that would trap is not priced, and growth that fails gives the fuel back.',
    table(
      ['instruction', 'fuel', 'for each'],
      Object.entries(OPERAND_PRICES).map(([name, { fuel, units }]) => [
        code(name),
        count(fuel),
        `${units === 1 ? '' : `${units} `}${unitOf(name)}`,
      ]),
    ),
    '## Entering a function',
    `${entryCost(0)} unit, and 1 more for every 4 locals that it declares (rounded down).`,
    '## Host functions',
    'Charged before the work. The price per byte is for the bytes that the plugin passes in; what a host function hands to the plugin costs ' +
      '1,500 more, and 4 per UTF-16 unit of text or 1 per byte. A JSON document that is parsed costs 1,000 per value and 2,000 per name of a member on top; ' +
      'one that is written 200 per value, 2,000 per name and 20 per unit of text; listing the names of an object 2,000 each, once until it changes; each step ' +
      'of a JSON pointer 1,000. The head of an HTTP request costs 200 more per byte, each byte of a response 1. `npm run bench:host-prices` measures what host ' +
      'functions take beside what they cost.',
    table(
      ['function', 'capability', 'fuel per call', 'per byte'],
      [...HOST_FUNCTIONS.values()].map(({ name, capability, price }) => [
        code(name),
        capability,
        count(price.base),
        price.perByte === undefined ? '' : count(price.perByte),
      ]),
    ),
    '## Host functions of other contracts',
    'Of WASI preview 1 and Extism. What they read of the guest is charged on top: 150 per byte that is written to a stream or to the log, 5 per random byte, ' +
      '1 per byte of an HTTP body, a variable or a key, and 1 per 16 bytes of a block. The functions of Extism that only move bytes (' +
      `${Object.keys(KERNEL_FUNCTIONS).map(code).join(', ')}) cost their \`call\`, and do not count as host calls.`,
    table(
      ['module', 'function', 'capability', 'fuel per call'],
      [...FOREIGN_FUNCTIONS.values()].map(({ module = '', name, capability, price }) => [
        code(module),
        code(name),
        capability,
        count(price.base),
      ]),
    ),
  );
}

function unitOf(instruction: string): string {
  if (instruction === 'memory.grow') return 'page of 64 KiB';
  return instruction.startsWith('memory.') ? 'bytes' : 'entry';
}

function wrap(words: string, width: number): string {
  const lines: string[] = [];
  for (const word of words.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length >= width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join('\n');
}

/** Parts of hand-written documents, by the name that their marker has. */
const REGIONS: Readonly<Record<string, () => string>> = {
  hooks: () =>
    table(
      ['hook', 'called'],
      Object.entries(HOOKS).map(([name, { signature }]) => [code(signature), HOOK_CALLS[name as keyof typeof HOOKS]]),
    ),
  exports: () =>
    table(
      ['export', 'type', 'required', 'meaning'],
      [
        [code(MEMORY_EXPORT), 'memory', 'yes', 'the one memory'],
        ...Object.entries<AbiExport>(ABI_EXPORTS).map(([name, row]) => [
          code(name),
          code(signatureName(row)),
          row.required ? 'yes' : '',
          row.doc,
        ]),
      ],
    ),
  imports: () =>
    table(
      ['capability', 'function', 'type'],
      [...HOST_FUNCTIONS.values()].map(({ capability, name, params, results }) => [
        capability,
        code(name),
        code(signatureName({ params, results })),
      ]),
    ),
  httpErrors: () =>
    table(
      ['`errorCode`', 'meaning', 'what to do'],
      Object.entries(HTTP_ERRORS).map(([id, { meaning, fix }]) => [code(id), meaning, fix]),
    ),
};

const HOOK_CALLS: Readonly<Record<keyof typeof HOOKS, string>> = {
  onInit: 'first, with the configuration; `fail` here and the plugin does not load',
  onStart: 'after `onInit`',
  onStop:
    'when the plugin is unloaded or restarted, on instances that are idle; one that was dropped is not called again',
  onCleanup: 'after `onStop`, also when that failed',
  onHealth: 'by a manager, every ten seconds by default; false is ill, and too often ill is restarted',
  onEvent:
    'between two calls, with an event: `config.changed` when the operator gives another configuration, which is the payload',
  saveState: 'before another version takes over, and by `plugin.saveState()`',
  restoreState: 'with what the version before has saved, and by `plugin.restoreState()`',
};

function filled(name: string): string {
  const figures = committedFigures();
  const text = readFileSync(new URL(name, docs), 'utf8');
  const regions = text.replaceAll(/(<!-- generated: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g, (_, start, region, end) => {
    const made = REGIONS[region]?.() ?? figureTable(region, figures);
    if (made === undefined) throw new Error(`${name}: there is nothing to generate for ${region}`);
    return `${start}\n${made}\n\n${end}`;
  });
  return fillFigures(regions, figures);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, text] of generatedDocuments()) writeFileSync(new URL(name, docs), text);
  writeReport(RESULTS, RESULTS);
}
