/** Who needs whom, and in which order that lets plugins start. Pure. */

/** Ids of the plugins that each one needs, by its id. */
export type Dependencies = ReadonlyMap<string, readonly string[]>;

/** The plugins of one cycle, the first once more at its end; undefined where there is none. */
export function findCycle(dependencies: Dependencies): readonly string[] | undefined {
  const done = new Set<string>();
  for (const start of dependencies.keys()) {
    // Not recursive: a chain may be as long as there are plugins.
    const path: string[] = [];
    const places = new Map<string, number>();
    const open: { id: string; next: number }[] = [];
    const enter = (id: string): void => {
      places.set(id, path.push(id) - 1);
      open.push({ id, next: 0 });
    };
    if (!done.has(start)) enter(start);
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const needed = dependencies.get(top.id)?.[top.next++];
      if (needed === undefined) {
        done.add(top.id);
        places.delete(top.id);
        path.pop();
        open.pop();
        continue;
      }
      const place = places.get(needed);
      if (place !== undefined) return [...path.slice(place), needed];
      if (!done.has(needed) && dependencies.has(needed)) enter(needed);
    }
  }
  return undefined;
}

/** Each plugin after those that it needs; those that need each other in any order. */
export function inOrder(dependencies: Dependencies): readonly string[] {
  const order = new Set<string>();
  const seen = new Set<string>();
  const visit = (root: string): void => {
    const open: { id: string; next: number }[] = [{ id: root, next: 0 }];
    seen.add(root);
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const needed = dependencies.get(top.id)?.[top.next++];
      if (needed === undefined) {
        order.add(top.id);
        open.pop();
      } else if (!seen.has(needed) && dependencies.has(needed)) {
        seen.add(needed);
        open.push({ id: needed, next: 0 });
      }
    }
  };
  for (const id of dependencies.keys()) if (!seen.has(id)) visit(id);
  return [...order];
}
