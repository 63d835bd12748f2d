/** Names in the parsed sources of a plugin: what a file exports, and which declaration a name means inside it. */
import type * as Ast from 'assemblyscript';
import type { Compiler } from './compiler.ts';

/** A declaration and the name under which a file exports it. */
export interface ExportedDeclaration {
  readonly name: string;
  readonly declaration: Ast.DeclarationStatement;
}

export class Declarations {
  readonly #compiler: Compiler;
  readonly #sources: ReadonlyMap<string, Ast.Source>;
  readonly #exportFlag: number;

  constructor(compiler: Compiler, program: Ast.Program) {
    this.#compiler = compiler;
    this.#sources = new Map(program.sources.map((source) => [source.internalPath, source]));
    // Declared as a `const enum`, which other compilers than its own cannot see.
    const { CommonFlags } = compiler as unknown as { readonly CommonFlags: { readonly Export: number } };
    this.#exportFlag = CommonFlags.Export;
  }

  /** The file of that internal path, if it was parsed. */
  source(internalPath: string): Ast.Source | undefined {
    return this.#sources.get(internalPath) ?? this.#sources.get(`${internalPath}/index`);
  }

  isExported(declaration: Ast.DeclarationStatement): boolean {
    return declaration.is(this.#exportFlag);
  }

  /** What a file exports, from itself and from other files. */
  exportsOf(internalPath: string, visited = new Set<string>()): ExportedDeclaration[] {
    const source = this.source(internalPath);
    // Files may export each other.
    if (source === undefined || visited.has(source.internalPath)) return [];
    visited.add(source.internalPath);
    return source.statements.flatMap((statement) => {
      if (statement instanceof this.#compiler.ExportStatement) return this.#reExports(source, statement, visited);
      if (!(statement instanceof this.#compiler.DeclarationStatement) || !this.isExported(statement)) return [];
      return [{ name: statement.name.text, declaration: statement }];
    });
  }

  /** The declaration that a name means inside a file, there or where it is imported from. */
  lookUp(source: Ast.Source, name: string): Ast.DeclarationStatement | undefined {
    for (const statement of source.statements) {
      if (statement instanceof this.#compiler.DeclarationStatement && statement.name.text === name) return statement;
      if (!(statement instanceof this.#compiler.ImportStatement)) continue;
      const imported = statement.declarations?.find((declaration) => declaration.name.text === name);
      if (imported !== undefined) return this.#lookUpExport(statement.internalPath, imported.foreignName.text);
    }
    return undefined;
  }

  /** `export { a, b as c }`, `export { a } from "./x"`, `export * from "./x"`. */
  #reExports(source: Ast.Source, statement: Ast.ExportStatement, visited: Set<string>): ExportedDeclaration[] {
    const { members, internalPath } = statement;
    if (members === null) return internalPath === null ? [] : this.exportsOf(internalPath, visited);
    return members.flatMap(({ localName, exportedName }) => {
      const declaration =
        internalPath === null ? this.lookUp(source, localName.text) : this.#lookUpExport(internalPath, localName.text);
      return declaration === undefined ? [] : [{ name: exportedName.text, declaration }];
    });
  }

  #lookUpExport(internalPath: string, name: string): Ast.DeclarationStatement | undefined {
    return this.exportsOf(internalPath).find((found) => found.name === name)?.declaration;
  }
}
