/**
 * Members of interfaces and constant tables with their comments, read from the source text. TypeScript erases both before the
 * code runs, and what the comments say is the documentation.
 */
import { readFileSync } from 'node:fs';

export interface Member {
  readonly name: string;
  /** Type or value as it is written, without `| undefined`. */
  readonly text: string;
  /** The comment without its tags; empty if there is none. */
  readonly doc: string;
  /** What stands behind `@default`. */
  readonly fallback: string | undefined;
}

const MEMBER = /^ {2}(?:readonly )?(\w+)(?:<\w+>)?(?:\?|(?=\())?:? ?(.*?)[;,]$/;

/**
 * The members of `interface <name>` or `const <name> = {`, in order.
 * @param path of the source, from the root of the repository
 */
export function membersOf(path: string, name: string): readonly Member[] {
  const source = readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
  const start = source.search(new RegExp(`^export (?:interface ${name} \\{|const ${name} = \\{)$`, 'm'));
  if (start < 0) throw new Error(`${path} has no ${name}`);
  const body = source.slice(start, source.indexOf('\n}', start)).split('\n').slice(1);
  const members: Member[] = [];
  let comment: string[] = [];
  for (const line of body) {
    const said = /^\s*\/?\*\*?\/? ?(.*?)\s*(?:\*\/)?$/.exec(line);
    const member = MEMBER.exec(line);
    if (member !== null) {
      members.push(toMember(member[1] as string, member[2] as string, comment));
      comment = [];
    } else if (said !== null) {
      comment.push(said[1] as string);
    } else {
      throw new Error(`${path}: expected a member or a comment of ${name}, got: ${line}`);
    }
  }
  return members;
}

function toMember(name: string, written: string, comment: readonly string[]): Member {
  const said = comment
    .join(' ')
    .trim()
    .replaceAll(/\{@link (\w+)\}/g, '`$1`');
  const [doc = '', fallback] = said.split(/\s*@default\s+/);
  return { name, text: written.replace(/ \| undefined$/, ''), doc, fallback };
}
