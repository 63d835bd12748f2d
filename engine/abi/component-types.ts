/**
 * Types of a component's functions, written out as trees: for components of other worlds than ours, whose functions are called by
 * type. Plain data; it crosses threads and goes into files.
 */

const COMPONENT_SCALARS = [
  'bool',
  's8',
  'u8',
  's16',
  'u16',
  's32',
  'u32',
  's64',
  'u64',
  'f32',
  'f64',
  'char',
  'string',
] as const;
export type ComponentScalar = (typeof COMPONENT_SCALARS)[number];

export type ComponentType =
  | ComponentScalar
  | { readonly kind: 'list' | 'option'; readonly of: ComponentType }
  | { readonly kind: 'record'; readonly fields: readonly (readonly [name: string, type: ComponentType])[] }
  | { readonly kind: 'tuple'; readonly of: readonly ComponentType[] }
  | { readonly kind: 'variant'; readonly cases: readonly (readonly [name: string, type: ComponentType | null])[] }
  | { readonly kind: 'enum' | 'flags'; readonly names: readonly string[] }
  | { readonly kind: 'result'; readonly ok: ComponentType | null; readonly error: ComponentType | null };

/** What a function of a component takes and gives, by the names that it was built with. */
export interface ComponentSignature {
  readonly params: readonly (readonly [name: string, type: ComponentType])[];
  readonly result: ComponentType | null;
}

/** How text lies in the component's memory. */
export type TextEncoding = 'utf8' | 'utf16' | 'latin1+utf16';

/** A function of a component, and the exports of the linked module that it takes to call it. */
export interface ComponentFunction extends ComponentSignature {
  readonly encoding: TextEncoding;
  readonly core: string;
  readonly realloc: string | null;
  readonly postReturn: string | null;
}

/** The type as WIT has it, for messages; long ones are cut. */
export function componentTypeText(type: ComponentType | null): string {
  const text = typeText(type, 0);
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`;
}

const SHOWN_DEPTH = 4;
const SHOWN_ITEMS = 8;

function typeText(type: ComponentType | null, depth: number): string {
  if (type === null) return '_';
  if (typeof type === 'string') return type;
  if (depth > SHOWN_DEPTH) return '…';
  const text = (inner: ComponentType | null): string => typeText(inner, depth + 1);
  const list = <Item>(items: readonly Item[], show: (item: Item) => string): string =>
    [...items.slice(0, SHOWN_ITEMS).map(show), ...(items.length > SHOWN_ITEMS ? ['…'] : [])].join(', ');
  switch (type.kind) {
    case 'list':
    case 'option':
      return `${type.kind}<${text(type.of)}>`;
    case 'record':
      return `record { ${list(type.fields, ([name, field]) => `${name}: ${text(field)}`)} }`;
    case 'tuple':
      return `tuple<${list(type.of, text)}>`;
    case 'variant':
      return `variant { ${list(type.cases, ([name, payload]) => (payload === null ? name : `${name}(${text(payload)})`))} }`;
    case 'enum':
    case 'flags':
      return `${type.kind} { ${list(type.names, (name) => name)} }`;
    case 'result':
      return `result<${text(type.ok)}, ${text(type.error)}>`;
  }
}
