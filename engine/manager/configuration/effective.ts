// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the placeholders are those of configuration files
/** A configuration as it takes effect, for people: secrets and what looks like one struck out, each value with where it is from. */
import { Document, isScalar, type Node, visit } from 'yaml';
import { pointerStep } from '../../validate/plain-json.ts';
import type { LoadedConfiguration } from './load-configuration.ts';
import { written } from './read-configuration.ts';

/** Where a value is from. */
export type Provenance =
  | { readonly from: 'file'; readonly line: number | undefined }
  | { readonly from: 'environment'; readonly variables: readonly string[] }
  | { readonly from: 'discovery' }
  | { readonly from: 'default' };

export interface EffectiveConfiguration {
  /** Plain data, without anything secret. */
  readonly value: Readonly<Record<string, unknown>>;
  /** Of each value that is no map and no list, by JSON pointer. */
  readonly provenance: ReadonlyMap<string, Provenance>;
}

const STRUCK = '[redacted]';
/** Names whose values are shown to nobody, wherever they stand. */
const SOUNDS_SECRET = /pass(?:word|wd|phrase)|secret|token|api-?_?key|private-?_?key|credential|authorization|cookie/i;

/** What `ringfence config print` prints. */
export function effectiveConfiguration(loaded: LoadedConfiguration): EffectiveConfiguration {
  const { value, origins, locations, configuration, plugins } = loaded;
  const entries = configuration.plugins.map(({ id, source: _, manifest: __, ...entry }) => {
    const { discovered } = plugins.find((plugin) => plugin.id === id) ?? {};
    const { path } = value.plugins?.[id] ?? {};
    const version = discovered?.manifest.version;
    return [
      id,
      { path: discovered?.file ?? path, ...(version === undefined ? {} : { version }), enabled: true, ...entry },
    ];
  });
  const all = { ...value, plugins: Object.fromEntries(entries) };
  const provenance = new Map<string, Provenance>();
  const walk = (item: unknown, path: string, name: string, isSource: boolean): unknown => {
    if (Array.isArray(item)) return item.map((each, i) => walk(each, `${path}/${i}`, name, isSource));
    if (typeof item === 'object' && item !== null) {
      const inside = Object.entries(item).filter(([, each]) => each !== undefined);
      return Object.fromEntries(
        inside.map(([key, each]) => [
          key,
          walk(each, `${path}/${pointerStep(key)}`, isSource ? 'secrets' : key, isSource || isSecrets(path, key)),
        ]),
      );
    }
    const variables = origins.get(path)?.variables;
    const place = written(path, locations);
    if (variables !== undefined) provenance.set(path, { from: 'environment', variables });
    else if (locations.has(place)) provenance.set(path, { from: 'file', line: locations.locate(place)?.line });
    else if (/^\/plugins\/[^/]*\/enabled$/.test(path)) provenance.set(path, { from: 'default' });
    else if (path.startsWith('/plugins/')) provenance.set(path, { from: 'discovery' });
    // Where a secret is kept is no secret.
    const sounds = [name, ...(variables ?? [])].some((each) => SOUNDS_SECRET.test(each));
    // What is sent with each request is mostly there to say who asks.
    const isHeader = /\/headers\/[^/]*$/.test(path) && !(typeof item === 'string' && item.includes('${secret:'));
    return !isSource && (sounds || isHeader) && item !== null && typeof item !== 'boolean' ? STRUCK : item;
  };
  return { value: walk(all, '', '', false) as Readonly<Record<string, unknown>>, provenance };
}

const isSecrets = (path: string, key: string): boolean => key === 'secrets' && /^\/plugins\/[^/]*$/.test(path);

/** The effective configuration as YAML, with a comment behind each value that does not stand in the file as it is. */
export function effectiveYaml({ value, provenance }: EffectiveConfiguration): string {
  const document = new Document(value);
  visit(document, {
    Scalar: (key, node, path) => {
      if (key === 'key' || !isScalar(node)) return;
      const found = provenance.get(pointerOf(path as readonly unknown[], key));
      const comment = found === undefined ? undefined : commentOf(found);
      if (comment !== undefined) (node as Node).comment = ` ${comment}`;
    },
  });
  return document.toString({ lineWidth: 0 });
}

/** The steps that led to a node: pairs by their name, items of a list by their index. */
function pointerOf(ancestors: readonly unknown[], key: unknown): string {
  const steps: string[] = [];
  ancestors.forEach((ancestor, i) => {
    const next = ancestors[i + 1];
    if (isPair(ancestor)) steps.push(pointerStep(String(ancestor.key.value)));
    else if (isList(ancestor) && next !== undefined) steps.push(String(ancestor.items.indexOf(next)));
  });
  if (typeof key === 'number') steps.push(String(key));
  return steps.map((step) => `/${step}`).join('');
}

const isPair = (node: unknown): node is { readonly key: { readonly value: unknown } } =>
  typeof node === 'object' && node !== null && 'key' in node && 'value' in node;
const isList = (node: unknown): node is { readonly items: readonly unknown[] } =>
  typeof node === 'object' && node !== null && 'items' in node && node.constructor.name === 'YAMLSeq';

function commentOf(provenance: Provenance): string | undefined {
  switch (provenance.from) {
    case 'environment':
      return `from ${provenance.variables.join(', ')}`;
    case 'discovery':
      return 'found';
    case 'default':
      return 'default';
    case 'file':
      return provenance.line === undefined ? undefined : `line ${provenance.line}`;
  }
}
