/** What a plugin's main file exports, read from its syntax tree: the functions that callers may call, and the hooks. */
import type * as Ast from 'assemblyscript';
import { type Compiler, placeOf } from './compiler.ts';
import { buildFailed, type Diagnostic } from './diagnostics.ts';
import { ALLOWED_TYPES, builtInType, type GuestType } from './guest-type.ts';
import { HOOKS, type HookName, type HookShape } from './hooks.ts';
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

export interface PluginExports {
  readonly functions: readonly ExportedFunction[];
  readonly hooks: ReadonlyMap<HookName, ExportedFunction>;
}

const SDK_JSON = `~lib/${SDK_PACKAGE}/assembly/json/json`;
/** Names whose `plugin_<name>` the ABI uses itself. */
const RESERVED = new Set([
  'get_info',
  'init',
  'start',
  'stop',
  'cleanup',
  'health',
  'on_event',
  'save_state',
  'restore_state',
]);
const FUNCTION_NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const LITERAL = /^(-?\d[\d_]*(\.\d+)?([eE][+-]?\d+)?|true|false|null|"([^"\\]|\\.)*"|'([^'\\]|\\.)*')$/;

/** A declaration and the name under which a file exports it. */
interface Found {
  readonly name: string;
  readonly declaration: Ast.DeclarationStatement;
}

/**
 * The exports of the file with that internal path.
 * @throws BUILD_FAILED naming each function that cannot be called, with its place
 */
export function readPluginExports(compiler: Compiler, program: Ast.Program, entry: string): PluginExports {
  const { CommonFlags, ParameterKind } = compiler as unknown as {
    readonly CommonFlags: { readonly Export: number };
    readonly ParameterKind: { readonly Rest: number };
  };
  const sources = new Map(program.sources.map((source) => [source.internalPath, source]));
  const problems: Diagnostic[] = [];
  const reject = (node: Ast.Node, message: string): undefined => {
    problems.push({ severity: 'error', message, ...placeOf(node.range) });
  };

  const functions: ExportedFunction[] = [];
  const hooks = new Map<HookName, ExportedFunction>();
  for (const { name, declaration } of exportsOf(entry, new Set())) {
    if (!(declaration instanceof compiler.FunctionDeclaration)) continue;
    const shape = Object.hasOwn(HOOKS, name) ? HOOKS[name as HookName] : undefined;
    if (shape !== undefined) {
      const hook = readFunction(name, declaration);
      if (hook !== undefined && fitsHook(declaration, hook, shape)) hooks.set(name as HookName, hook);
    } else if (/^on[A-Z]/.test(name)) {
      reject(declaration.name, `there is no hook \`${name}\`: hooks are ${Object.keys(HOOKS).join(', ')}`);
    } else if (RESERVED.has(name) || !FUNCTION_NAME.test(name)) {
      reject(
        declaration.name,
        `a function cannot be named \`${name}\`: ${RESERVED.has(name) ? 'the ABI uses that name itself' : 'expected up to 64 letters, digits and underscores, starting with a letter'}`,
      );
    } else {
      const exported = readFunction(name, declaration);
      if (exported !== undefined) functions.push(exported);
    }
  }
  if (problems.length > 0) throw buildFailed(problems);
  return { functions, hooks };

  /** What a file exports, re-exports included, each name once. */
  function exportsOf(internalPath: string, visited: Set<string>): Found[] {
    const source = sources.get(internalPath) ?? sources.get(`${internalPath}/index`);
    if (source === undefined || visited.has(source.internalPath)) return [];
    visited.add(source.internalPath);
    const found: Found[] = [];
    for (const statement of source.statements) {
      if (statement instanceof compiler.ExportDefaultStatement) {
        reject(statement, 'a plugin has no default export: export the function by its name');
      } else if (statement instanceof compiler.ExportStatement) {
        found.push(...reExports(source, statement, visited));
      } else if (statement instanceof compiler.DeclarationStatement && statement.is(CommonFlags.Export)) {
        found.push({ name: statement.name.text, declaration: statement });
      } else if (statement instanceof compiler.VariableStatement) {
        for (const variable of statement.declarations) {
          if (variable.is(CommonFlags.Export) && variable.initializer instanceof compiler.FunctionExpression) {
            reject(
              variable.name,
              `\`${variable.name.text}\` is a variable: write \`export function ${variable.name.text}(…)\``,
            );
          }
        }
      }
    }
    return found;
  }

  function reExports(source: Ast.Source, statement: Ast.ExportStatement, visited: Set<string>): Found[] {
    if (statement.members === null) return exportsOf(statement.internalPath ?? '', visited);
    return statement.members.flatMap(({ localName, exportedName }) => {
      const declaration =
        statement.internalPath === null
          ? lookUp(source, localName.text)
          : lookUpExport(statement.internalPath, localName.text);
      return declaration === undefined ? [] : [{ name: exportedName.text, declaration }];
    });
  }

  /** The declaration that a name means inside a file. */
  function lookUp(source: Ast.Source, name: string): Ast.DeclarationStatement | undefined {
    for (const statement of source.statements) {
      if (statement instanceof compiler.DeclarationStatement && statement.name.text === name) return statement;
      if (statement instanceof compiler.ImportStatement) {
        const imported = statement.declarations?.find((declaration) => declaration.name.text === name);
        if (imported !== undefined) return lookUpExport(statement.internalPath, imported.foreignName.text);
      }
    }
    return undefined;
  }

  function lookUpExport(internalPath: string, name: string): Ast.DeclarationStatement | undefined {
    return exportsOf(internalPath, new Set()).find((found) => found.name === name)?.declaration;
  }

  function readFunction(name: string, declaration: Ast.FunctionDeclaration): ExportedFunction | undefined {
    const { parameters, returnType } = declaration.signature;
    if (declaration.isGeneric)
      return reject(declaration.name, `\`${name}\` is generic: a plugin function has plain types`);
    const result = isVoid(returnType) ? undefined : readType(returnType, `the result of \`${name}\``);
    const read = parameters.flatMap((parameter) => readParameter(parameter, parameters.length) ?? []);
    return read.length < parameters.length
      ? undefined
      : { name, parameters: read, result, description: description(declaration) };
  }

  function readParameter(node: Ast.ParameterNode, count: number): Parameter | undefined {
    const name = node.name.text;
    if (node.parameterKind === ParameterKind.Rest)
      return reject(node, `\`${name}\`: a plugin function has no rest parameter; take an array`);
    const type = readType(node.type, `parameter \`${name}\``);
    if (type === undefined) return undefined;
    if (type.kind === 'bytes' && (count > 1 || type.nullable || node.initializer !== null)) {
      return reject(
        node,
        `\`${name}\`: a Uint8Array is the whole input, so it has to be the only parameter, without \`null\` or a default`,
      );
    }
    if (node.initializer === null) return { name, type };
    const fallback = node.initializer.range.toString();
    if (!LITERAL.test(fallback))
      return reject(node.initializer, `\`${name}\`: its default has to be a literal, got \`${fallback}\``);
    return { name, type, fallback };
  }

  function isVoid(type: Ast.TypeNode): boolean {
    return type instanceof compiler.NamedTypeNode && type.name.identifier.text === 'void';
  }

  function readType(node: Ast.TypeNode, what: string): GuestType | undefined {
    const type = resolveType(node);
    return type ?? reject(node, `${what} has the type \`${node.range.toString()}\`: expected ${ALLOWED_TYPES}`);
  }

  function resolveType(node: Ast.TypeNode): GuestType | undefined {
    if (!(node instanceof compiler.NamedTypeNode) || node.name.next !== null) return undefined;
    const name = node.name.identifier.text;
    const nullable = node.isNullable;
    if (name === 'Array' && node.typeArguments?.length === 1) {
      const items = resolveType(node.typeArguments[0]!);
      return items === undefined || items.kind === 'bytes' ? undefined : { kind: 'array', name, nullable, items };
    }
    if (node.hasTypeArguments) return undefined;
    const builtIn = builtInType(name, nullable);
    if (builtIn !== undefined) return builtIn;
    const declared = lookUp(node.range.source, name);
    if (declared?.range.source.internalPath === SDK_JSON && declared.name.text === 'Json')
      return { kind: 'json', name: 'Json', nullable };
    if (declared instanceof compiler.TypeDeclaration && !declared.typeParameters?.length) {
      const alias = resolveType(declared.type);
      return alias !== undefined && nullable && alias.kind !== 'integer' ? { ...alias, nullable } : alias;
    }
    return undefined;
  }

  function fitsHook(
    node: Ast.FunctionDeclaration,
    { name, parameters, result }: ExportedFunction,
    shape: HookShape,
  ): boolean {
    const fits =
      parameters.length <= shape.parameters.length &&
      parameters.every(({ type }, i) => shape.parameters[i]!.includes(type.kind)) &&
      shape.results.includes(result?.kind ?? 'void');
    if (!fits) reject(node.name, `the hook \`${name}\` has another signature: expected \`${shape.signature}\``);
    return fits;
  }
}

/** The first paragraph of the doc comment that stands before a declaration. */
function description({ range }: Ast.Node): string | undefined {
  const before = range.source.text
    .slice(0, range.start)
    .replace(/(?:export\s+|@[\w.]+(?:\([^)]*\))?\s*)*$/, '')
    .trimEnd();
  if (!before.endsWith('*/')) return undefined;
  const start = before.lastIndexOf('/**');
  if (start < 0 || before.indexOf('*/', start) !== before.length - 2) return undefined;
  const lines = before
    .slice(start + 3, -2)
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, '').trim());
  const text = lines
    .join('\n')
    .trim()
    .split(/\n\s*\n|\n?@\w/)[0]!
    .replaceAll('\n', ' ')
    .trim();
  return text === '' ? undefined : text;
}
