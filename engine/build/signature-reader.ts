/** From the declaration of a function to its parameters and result, with a complaint at its place for what cannot be. */
import type * as Ast from 'assemblyscript';
import { type Compiler, placeOf } from './compiler.ts';
import type { Declarations } from './declarations.ts';
import type { Diagnostic } from './diagnostics.ts';
import { docComment } from './doc-comment.ts';
import { ALLOWED_TYPES, builtInType, type GuestType } from './guest-type.ts';
import { SDK_PACKAGE } from './source-files.ts';

export interface Parameter {
  readonly name: string;
  readonly type: GuestType;
  /** Source text of its default, a literal. */
  readonly fallback?: string | undefined;
}

export interface ExportedFunction {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  /** Undefined for `void`. */
  readonly result: GuestType | undefined;
  /** First paragraph of its doc comment. */
  readonly description?: string | undefined;
}

/** Is the input an object with a member for each parameter? A single JSON value or bytes are the whole input. */
export function takesMembers({ parameters }: Pick<ExportedFunction, 'parameters'>): boolean {
  const [first, second] = parameters;
  return first !== undefined && (second !== undefined || (first.type.kind !== 'bytes' && first.type.kind !== 'json'));
}

/** May it be left out of the input? */
export function isOptional({ type, fallback }: Parameter): boolean {
  return type.nullable || fallback !== undefined;
}

/**
 * May the value of the first parameter stand for the whole input? It may where no other is needed, and where it cannot be
 * taken for an object of arguments itself.
 */
export function mayBeBare({ parameters }: Pick<ExportedFunction, 'parameters'>): boolean {
  return parameters[0]?.type.kind !== 'json' && parameters.slice(1).every(isOptional);
}

/** The file that declares the SDK's `Json`. */
const SDK_JSON = `~lib/${SDK_PACKAGE}/assembly/json/json`;
/** Defaults are copied into the generated file, where the author's names mean nothing. */
const LITERAL = /^(-?\d[\d_]*(\.\d+)?([eE][+-]?\d+)?|true|false|null|"([^"\\]|\\.)*"|'([^'\\]|\\.)*')$/;

export class SignatureReader {
  /** What cannot be called, and why. */
  readonly problems: Diagnostic[] = [];
  readonly #compiler: Compiler;
  readonly #declarations: Declarations;
  readonly #rest: number;

  constructor(compiler: Compiler, declarations: Declarations) {
    this.#compiler = compiler;
    this.#declarations = declarations;
    // Declared as a `const enum`, which other compilers than its own cannot see.
    const { ParameterKind } = compiler as unknown as { readonly ParameterKind: { readonly Rest: number } };
    this.#rest = ParameterKind.Rest;
  }

  reject(node: Ast.Node, message: string): undefined {
    this.problems.push({ severity: 'error', message, ...placeOf(node.range) });
  }

  /** Undefined after a problem. */
  read(name: string, declaration: Ast.FunctionDeclaration): ExportedFunction | undefined {
    if (declaration.isGeneric) {
      return this.reject(declaration.name, `\`${name}\` is generic: a plugin function has plain types`);
    }
    const { parameters, returnType } = declaration.signature;
    const before = this.problems.length;
    const result = this.#isVoid(returnType) ? undefined : this.#type(returnType, `the result of \`${name}\``);
    const read = parameters.flatMap((parameter) => this.#parameter(parameter, parameters.length) ?? []);
    if (this.problems.length > before) return undefined;
    return { name, parameters: read, result, description: docComment(declaration) };
  }

  #parameter(node: Ast.ParameterNode, count: number): Parameter | undefined {
    const name = node.name.text;
    if (node.parameterKind === this.#rest) {
      return this.reject(node, `\`${name}\`: a plugin function has no rest parameter; take an array`);
    }
    const type = this.#type(node.type, `parameter \`${name}\``);
    if (type === undefined) return undefined;
    if (type.kind === 'bytes' && (count > 1 || type.nullable || node.initializer !== null)) {
      return this.reject(
        node,
        `\`${name}\`: a Uint8Array is the whole input, so it has to be the only parameter, without null or a default`,
      );
    }
    if (node.initializer === null) return { name, type };
    const fallback = node.initializer.range.toString();
    if (LITERAL.test(fallback)) return { name, type, fallback };
    return this.reject(node.initializer, `\`${name}\`: expected its default to be a literal, got \`${fallback}\``);
  }

  #isVoid(node: Ast.TypeNode): boolean {
    return node instanceof this.#compiler.NamedTypeNode && node.name.identifier.text === 'void';
  }

  #type(node: Ast.TypeNode, what: string): GuestType | undefined {
    const type = this.#resolve(node);
    if (type !== undefined) return type;
    const written = node.range.toString();
    if (written === '') return this.reject(node, `${what} has no type: expected ${ALLOWED_TYPES}`);
    const isForgotten = /^Json\b/.test(written) && this.#declarations.lookUp(node.range.source, 'Json') === undefined;
    const hint = isForgotten ? `. Is it imported from "${SDK_PACKAGE}"?` : '';
    return this.reject(node, `${what}: expected ${ALLOWED_TYPES}, got \`${written}\`${hint}`);
  }

  #resolve(node: Ast.TypeNode): GuestType | undefined {
    if (!(node instanceof this.#compiler.NamedTypeNode) || node.name.next !== null) return undefined;
    const name = node.name.identifier.text;
    const nullable = node.isNullable;
    if (node.hasTypeArguments) return name === 'Array' ? this.#array(node.typeArguments![0]!, nullable) : undefined;
    return builtInType(name, nullable) ?? this.#declaredType(node.range.source, name, nullable);
  }

  #array(itemNode: Ast.TypeNode, nullable: boolean): GuestType | undefined {
    const items = this.#resolve(itemNode);
    return items === undefined || items.kind === 'bytes' ? undefined : { kind: 'array', nullable, items };
  }

  /** The SDK's `Json`, under whatever name it was imported, or a `type` alias of something that is allowed. */
  #declaredType(source: Ast.Source, name: string, nullable: boolean): GuestType | undefined {
    const declared = this.#declarations.lookUp(source, name);
    if (declared === undefined) return undefined;
    if (declared.range.source.internalPath === SDK_JSON && declared.name.text === 'Json') {
      return { kind: 'json', name: 'Json', nullable };
    }
    if (!(declared instanceof this.#compiler.TypeDeclaration) || declared.typeParameters?.length) return undefined;
    const alias = this.#resolve(declared.type);
    return alias !== undefined && nullable && alias.kind !== 'integer' ? { ...alias, nullable } : alias;
  }
}
