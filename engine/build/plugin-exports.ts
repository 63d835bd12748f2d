/** What a plugin's main file exports: the functions that callers may call, and the hooks that the engine calls. */
import type * as Ast from 'assemblyscript';
import { functionNameProblem } from '../validate/function-names.ts';
import type { Compiler } from './compiler.ts';
import { Declarations } from './declarations.ts';
import { buildFailed } from './diagnostics.ts';
import { HOOKS, type HookName, type HookShape } from './hooks.ts';
import { type ExportedFunction, SignatureReader } from './signature-reader.ts';

export interface PluginExports {
  readonly functions: readonly ExportedFunction[];
  readonly hooks: ReadonlyMap<HookName, ExportedFunction>;
}

/**
 * The exports of the file with that internal path. Exported classes, types and constants are the author's own business.
 * @throws BUILD_FAILED naming each function that cannot be called, with its place
 */
export function readPluginExports(compiler: Compiler, program: Ast.Program, entry: string): PluginExports {
  const declarations = new Declarations(compiler, program);
  const reader = new SignatureReader(compiler, declarations);
  const functions: ExportedFunction[] = [];
  const hooks = new Map<HookName, ExportedFunction>();
  rejectOtherExports(compiler, declarations, reader, entry);
  for (const { name, declaration } of declarations.exportsOf(entry)) {
    if (!(declaration instanceof compiler.FunctionDeclaration)) continue;
    const problem = nameProblem(name);
    if (problem !== undefined) {
      reader.reject(declaration.name, problem);
      continue;
    }
    const exported = reader.read(name, declaration);
    if (exported === undefined) continue;
    if (!isHook(name)) functions.push(exported);
    else if (fits(exported, HOOKS[name])) hooks.set(name, exported);
    else reader.reject(declaration.name, `the hook \`${name}\` is declared as \`${HOOKS[name].signature}\``);
  }
  if (reader.problems.length > 0) throw buildFailed(reader.problems);
  return { functions, hooks };
}

/** Exports that look as if they were meant to be called. */
function rejectOtherExports(
  compiler: Compiler,
  declarations: Declarations,
  reader: SignatureReader,
  entry: string,
): void {
  for (const statement of declarations.source(entry)?.statements ?? []) {
    if (statement instanceof compiler.ExportDefaultStatement) {
      reader.reject(statement, 'a plugin has no default export: export the function by its name');
    }
    if (!(statement instanceof compiler.VariableStatement)) continue;
    for (const variable of statement.declarations) {
      if (declarations.isExported(variable) && variable.initializer instanceof compiler.FunctionExpression) {
        const name = variable.name.text;
        reader.reject(variable.name, `\`${name}\` is a variable: write \`export function ${name}(…)\``);
      }
    }
  }
}

function nameProblem(name: string): string | undefined {
  if (isHook(name)) return undefined;
  if (/^on[A-Z]/.test(name)) return `there is no hook \`${name}\`; there are ${Object.keys(HOOKS).join(', ')}`;
  const problem = functionNameProblem(name);
  return problem === undefined ? undefined : `\`${name}\` cannot be a plugin function: ${problem}`;
}

function isHook(name: string): name is HookName {
  return Object.hasOwn(HOOKS, name);
}

function fits({ parameters, result }: ExportedFunction, shape: HookShape): boolean {
  return (
    parameters.length <= shape.parameters.length &&
    parameters.every(({ type }, i) => shape.parameters[i]?.includes(type.kind)) &&
    shape.results.includes(result?.kind ?? 'void')
  );
}
