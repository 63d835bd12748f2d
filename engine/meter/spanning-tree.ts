/**
 * A spanning tree that grows edge by edge (union-find), with a potential P for each node: each edge of the tree says by how much
 * P differs between its ends.
 */
export class SpanningTree {
  #parent = new Int32Array(256);
  /** P of the node minus P of its parent. A root has none: zero. */
  #offset = new Float64Array(256);

  /** Every node a tree of its own. */
  plant(nodes: number): void {
    if (this.#parent.length < nodes) {
      this.#parent = new Int32Array(2 * nodes);
      this.#offset = new Float64Array(2 * nodes);
    }
    for (let node = 0; node < nodes; node++) this.#parent[node] = node;
    this.#offset.fill(0, 0, nodes);
  }

  /** P(to) = P(from) + difference, unless the two hang together already. */
  hang(from: number, to: number, difference: number): void {
    const a = this.#find(from);
    const b = this.#find(to);
    if (a === b) return;
    const offset = this.#offset;
    this.#parent[b] = a;
    // Both hang on their roots directly now.
    offset[b] = (offset[from] as number) + difference - (offset[to] as number);
  }

  /** Writes P for each node, measured from node 0; zero for what does not hang together with it. */
  resolve(into: Float64Array, nodes: number): void {
    const root = this.#find(0);
    const offset = this.#offset;
    const zero = offset[0] as number;
    for (let node = 0; node < nodes; node++) {
      into[node] = this.#find(node) === root ? (offset[node] as number) - zero : 0;
    }
  }

  /** The root of the node's tree, which is the node's parent from here on, if it is not the node itself. */
  #find(node: number): number {
    const parent = this.#parent;
    const above = parent[node] as number;
    if (parent[above] === above) return above;
    const offset = this.#offset;
    let root = above;
    let sum = offset[node] as number;
    while (parent[root] !== root) {
      sum += offset[root] as number;
      root = parent[root] as number;
    }
    // Every node on the way hangs on the root, with its whole offset.
    for (let at = node; at !== root; ) {
      const next = parent[at] as number;
      const own = offset[at] as number;
      parent[at] = root;
      offset[at] = sum;
      sum -= own;
      at = next;
    }
    return root;
  }
}
