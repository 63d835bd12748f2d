/** An inspection as text for people: sections with a title each, long lists cut. */

import type { PermissionDifference } from '../host/permission-difference.ts';
import { LIMITS, type LimitName } from '../limits.ts';
import { type AskedPermission, askedPermissions, MANIFEST_SECTION, type Manifest } from '../validate/index.ts';
import { grantFlags, grantLine } from '../validate/permission-lines.ts';
import { permissionLimits } from '../validate/permissions.ts';
import { escapeInvisible } from '../validate/quote.ts';
import { subscriptionsOf } from '../validate/subscriptions.ts';
import type { ComponentSummary } from '../wasm/component/inspect.ts';
import { functionSignature } from './function-signature.ts';
import type { Inspection } from './inspection.ts';
import { tableLines } from './table.ts';
import { output } from './terminal.ts';
import { formatBytes, formatCount, formatQuantity } from './units.ts';

/** Of one list. */
const SHOWN = 30;

interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

/** The lines of the whole text. */
export function inspectionLines(inspection: Inspection): string[] {
  const { manifest, module, against, builds, component } = inspection;
  const sections: Section[] = [{ title: heading(inspection), lines: factLines(inspection) }];
  if (builds !== undefined) sections.push({ title: 'Builds', lines: buildLines(builds) });
  if (manifest !== null) {
    sections.push(
      { title: 'Functions', lines: functionLines(manifest) },
      { title: 'Asks for', lines: permissionLines(manifest) },
      { title: 'Limits', lines: limitLines(inspection) },
    );
    if (against !== undefined) {
      const title = `Permissions against ${escapeInvisible(`${against.name} ${against.version}`)}`;
      sections.splice(builds === undefined ? 3 : 4, 0, { title, lines: differenceLines(against.difference) });
    }
  }
  if (component !== undefined) {
    sections.push({ title: 'The component', lines: componentLines(component) });
  }
  if (module !== null) {
    sections.push(
      { title: `Imports (${module.imports.length})`, lines: importLines(module) },
      { title: `Exports (${module.exports.length})`, lines: exportLines(module) },
      { title: 'Inside', lines: insideLines(module) },
    );
  }
  return sections.flatMap(({ title, lines }, i) => [
    ...(i === 0 ? [] : ['']),
    output.paint('bold', title),
    ...lines.map((line) => `  ${line}`),
  ]);
}

function heading({ manifest, file }: Inspection): string {
  return escapeInvisible(manifest === null ? file : `${manifest.name} ${manifest.version}`);
}

function factLines({ file, bytes, digest, kind, contract, manifest, module }: Inspection): string[] {
  const sections = module?.sections ?? [];
  const size = (name: string): number =>
    sections.reduce((sum, section) => (section.name === name ? sum + section.bytes : sum), 0);
  const parts = (['code', 'data', MANIFEST_SECTION] as const)
    .filter((name) => size(name) > 0)
    .map((name) => `${name === MANIFEST_SECTION ? 'manifest' : name} ${formatBytes(size(name))}`);
  return facts([
    ['about', manifest?.description],
    ['file', manifest === null ? undefined : file],
    ['size', `${formatBytes(bytes)}${parts.length === 0 ? '' : ` (${parts.join(', ')})`}`],
    ['digest', `sha256:${digest}`],
    [
      'speaks',
      contract?.name ??
        (kind === 'text' ? 'WebAssembly text' : kind === 'unknown' ? 'nothing known: not WebAssembly' : 'unreadable'),
    ],
    ['lacks', contract === null || contract.kind === 'component' ? undefined : contract.missing.join(', ')],
    ['author', manifest?.author],
    ['license', manifest?.license],
    ['homepage', manifest?.homepage],
    [
      'needs',
      Object.entries(manifest?.dependencies ?? {})
        .map(([name, range]) => `${name} ${range}`)
        .join(', '),
    ],
    ['events', manifest ? subscriptionTexts(manifest).join(', ') : undefined],
    ['made by', module?.producers.map(([, tool, version]) => `${tool} ${version}`.trim()).join(', ')],
  ]);
}

const subscriptionTexts = (manifest: Manifest): string[] =>
  subscriptionsOf(manifest).map(({ event, may }) => (may.length === 0 ? event : `${event} (may ${may.join(', ')})`));

/** Those that the manifest names, the best first, and why one of them is taken. */
function buildLines(builds: NonNullable<Inspection['builds']>): string[] {
  const rows = builds.map(({ file, isChosen, reason }) => [
    isChosen ? output.paint('green', 'chosen') : output.paint('dim', 'not'),
    escapeInvisible(file),
    escapeInvisible(reason),
  ]);
  return tableLines([{}, {}, {}], rows);
}

function functionLines({ functions }: Manifest): string[] {
  const rows = Object.entries(functions).map(([name, about]) => [
    functionSignature(name, about),
    output.paint('dim', escapeInvisible(about.description ?? '')),
  ]);
  return rows.length === 0
    ? ['none']
    : tableLines(
        [{}, {}],
        cut(rows, (more) => [more, '']),
      );
}

/** Each permission with its reason, and how all are granted. */
function permissionLines({ permissions }: Manifest): string[] {
  const asked = askedPermissions(permissions);
  if (asked.length === 0) return ['nothing beyond what every plugin has: log, config, json'];
  return [
    ...tableLines([{}, {}, {}, {}], asked.map(permissionRow)),
    '',
    `${output.paint('dim', 'grant with')} ${escapeInvisible(grantFlags(asked))}`,
    `${output.paint('dim', 'or in code')} grants: { ${escapeInvisible(grantLine(asked))} }`,
  ];
}

function permissionRow(asked: AskedPermission): string[] {
  const { capability, name = '', reason, optional } = asked;
  return [
    output.paint('yellow', capability),
    escapeInvisible(`${name} ${permissionLimits(asked)}`.trim()),
    optional ? 'optional' : 'required',
    reason === undefined ? output.paint('dim', 'no reason given') : `“${escapeInvisible(reason)}”`,
  ];
}

/** What the file asks for that another version did not, and the other way round. */
function differenceLines({ added, removed, nowRequired }: PermissionDifference): string[] {
  const rows = [
    ...added.map((item) => [output.paint('red', '+'), ...permissionRow(item)]),
    ...nowRequired.map((item) => [output.paint('yellow', '!'), ...permissionRow(item), 'was optional']),
    ...removed.map((item) => [output.paint('green', '-'), ...permissionRow(item)]),
  ].map((row) => [...row, ...Array.from({ length: 6 - row.length }, () => '')]);
  return rows.length === 0 ? ['the same'] : tableLines([{}, {}, {}, {}, {}, {}], rows);
}

function limitLines({ limits }: Inspection): string[] {
  const rows = Object.entries(limits ?? {}).map(([name, asked]) => {
    const { unit, default: fallback } = LIMITS[name as LimitName];
    const given = asked as number;
    const note = given > fallback ? ': only the operator raises it' : '';
    return [name, formatQuantity(given, unit), output.paint('dim', `default ${formatQuantity(fallback, unit)}${note}`)];
  });
  return rows.length === 0 ? ['the defaults'] : tableLines([{}, { align: 'right' }, {}], rows);
}

function componentLines({ imports, exports, coreModules, components }: ComponentSummary): string[] {
  const names = (items: ComponentSummary['imports']): string =>
    cut(
      items.map(({ name }) => name),
      (more) => more,
    ).join(', ');
  const bytes = coreModules.reduce((sum, size) => sum + size, 0);
  return facts([
    ['imports', names(imports) || 'nothing'],
    ['exports', names(exports) || 'nothing'],
    ['inside', `${coreModules.length} core modules (${formatBytes(bytes)}), ${components} nested components`],
  ]);
}

type InspectedModule = NonNullable<Inspection['module']>;

function importLines({ imports }: InspectedModule): string[] {
  const rows = imports.map(({ module, name, kind, type, capability }) => [
    escapeInvisible(`${module}.${name}`),
    kind === 'func' ? type : `${kind} ${type}`,
    capability ?? output.paint('red', 'not offered by the host'),
  ]);
  return rows.length === 0
    ? ['none']
    : tableLines(
        [{}, {}, {}],
        cut(rows, (more) => [more, '', '']),
      );
}

function exportLines({ exports }: InspectedModule): string[] {
  const rows = exports.map(({ name, kind, type }) => [
    escapeInvisible(name),
    kind === 'func' ? type : `${kind} ${type}`,
  ]);
  return rows.length === 0
    ? ['none']
    : tableLines(
        [{}, {}],
        cut(rows, (more) => [more, '']),
      );
}

function insideLines({ counts, memories, tables, features, start, sections }: InspectedModule): string[] {
  const range = (min: number, max: number | null): string =>
    max === null
      ? `${formatCount(min)} or more`
      : max === min
        ? formatCount(min)
        : `${formatCount(min)} to ${formatCount(max)}`;
  const custom = sections.filter((section) => section.custom).map(({ name, bytes }) => `${name} ${formatBytes(bytes)}`);
  return facts([
    ['functions', `${formatCount(counts.functions)} (${formatBytes(counts.codeBytes)} of code)`],
    ['memory', memories.map(({ min, max }) => `pages of 64 KiB: ${range(min, max)}`).join('; ')],
    ['tables', tables.map(({ element, min, max }) => `${element}: ${range(min, max)}`).join('; ')],
    ['start', start === null ? undefined : `function ${start} runs when the plugin is instantiated`],
    ['features', features.map(({ name }) => name).join(', ') || 'WebAssembly 1.0'],
    ['sections', cut(custom, (more) => more).join(', ')],
  ]);
}

/** Those that there is something to say about. */
function facts(rows: readonly (readonly [name: string, value: string | undefined])[]): string[] {
  const said = rows.flatMap(([name, value]) => (value ? [[output.paint('dim', name), escapeInvisible(value)]] : []));
  return tableLines([{}, {}], said);
}

function cut<Item>(items: readonly Item[], rest: (more: string) => Item): readonly Item[] {
  if (items.length <= SHOWN) return items;
  return [...items.slice(0, SHOWN), rest(`and ${formatCount(items.length - SHOWN)} more (--json has all)`)];
}
