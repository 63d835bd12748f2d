/** Which Node.js this runs on: the least that `engines` in package.json asks for. Loaded where an older one is to be told. */

const NEEDED = [22, 19] as const;

/** What is wrong with a version of Node.js; undefined where nothing is. */
export function nodeProblem(version = process.versions.node): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) return undefined;
  return `Ringfence needs Node.js ${NEEDED.join('.')} or later, this is ${version}`;
}
