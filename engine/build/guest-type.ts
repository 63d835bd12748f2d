/** The types that the parameters and results of a plugin function may have, and what they mean in JSON. */

export type GuestType =
  | {
      readonly kind: 'string' | 'boolean' | 'number' | 'json' | 'bytes';
      readonly name: string;
      readonly nullable: boolean;
    }
  | {
      readonly kind: 'integer';
      readonly name: string;
      readonly nullable: false;
      readonly minimum: number;
      readonly maximum: number;
    }
  | { readonly kind: 'array'; readonly nullable: boolean; readonly items: GuestType };

/** For messages: what a parameter or a result may be. */
export const ALLOWED_TYPES = 'string, bool, f64, f32, an integer type, Json, an array of those, or Uint8Array';

/** Up to there a JSON number says without doubt which whole number is meant. */
const MAX_WHOLE = 2 ** 53;
const integer = (
  bits: number,
  signed: boolean,
): Pick<Extract<GuestType, { kind: 'integer' }>, 'kind' | 'minimum' | 'maximum'> => ({
  kind: 'integer',
  minimum: signed ? -Math.min(2 ** (bits - 1), MAX_WHOLE) : 0,
  maximum: Math.min(2 ** (bits - (signed ? 1 : 0)) - 1, MAX_WHOLE),
});

/** AssemblyScript's own type names. */
const BUILT_IN = new Map<
  string,
  { readonly kind: 'string' | 'boolean' | 'number' | 'bytes' } | ReturnType<typeof integer>
>([
  ['string', { kind: 'string' }],
  ['String', { kind: 'string' }],
  ['bool', { kind: 'boolean' }],
  ['boolean', { kind: 'boolean' }],
  ['number', { kind: 'number' }],
  ['f64', { kind: 'number' }],
  ['f32', { kind: 'number' }],
  ['Uint8Array', { kind: 'bytes' }],
  ...[8, 16, 32, 64].flatMap((bits) => [
    [`i${bits}`, integer(bits, true)] as const,
    [`u${bits}`, integer(bits, false)] as const,
  ]),
]);

/** The type of that name in AssemblyScript itself; undefined for any other. */
export function builtInType(name: string, nullable: boolean): GuestType | undefined {
  const known = BUILT_IN.get(name);
  if (known === undefined) return undefined;
  if (known.kind === 'integer') return { ...known, name, nullable: false };
  return { ...known, name, nullable };
}

/** How the generated code writes the type. */
export function typeText(type: GuestType): string {
  const text = type.kind === 'array' ? `Array<${typeText(type.items)}>` : type.name;
  return type.nullable ? `${text} | null` : text;
}

/** The type as a JSON Schema. Bytes have none: they are not JSON. */
export function typeSchema(type: GuestType): Record<string, unknown> {
  const schema = ((): Record<string, unknown> => {
    switch (type.kind) {
      case 'json':
      case 'bytes':
        return {};
      case 'integer':
        return { type: 'integer', minimum: type.minimum, maximum: type.maximum };
      case 'array':
        return { type: 'array', items: typeSchema(type.items) };
      default:
        return { type: type.kind };
    }
  })();
  return type.nullable && typeof schema.type === 'string' ? { ...schema, type: [schema.type, 'null'] } : schema;
}
