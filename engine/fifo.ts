/**
 * A queue in order of arrival that entries may also leave from the middle: a list linked both ways, so that each step takes
 * the same time however long the queue is. (A Set walks over what has left it at its head.)
 */

/** A place in the queue; for {@link Fifo.remove}. */
export interface FifoEntry<Value> {
  readonly value: Value;
}

class Node<Value> implements FifoEntry<Value> {
  readonly value: Value;
  isIn = true;
  previous: Node<Value> | undefined;
  next: Node<Value> | undefined;

  constructor(value: Value, previous: Node<Value> | undefined) {
    this.value = value;
    this.previous = previous;
  }
}

export class Fifo<Value> {
  #head: Node<Value> | undefined;
  #tail: Node<Value> | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What came first of all that are here; undefined if there is nothing. */
  get first(): Value | undefined {
    return this.#head?.value;
  }

  push(value: Value): FifoEntry<Value> {
    const node = new Node(value, this.#tail);
    if (this.#tail === undefined) this.#head = node;
    else this.#tail.next = node;
    this.#tail = node;
    this.#length++;
    return node;
  }

  /** Takes out what came first. */
  shift(): Value | undefined {
    const head = this.#head;
    if (head !== undefined) this.#unlink(head);
    return head?.value;
  }

  /** Takes an entry of this queue out. False if it has left already. */
  remove(entry: FifoEntry<Value>): boolean {
    const node = entry as Node<Value>;
    if (!node.isIn) return false;
    this.#unlink(node);
    return true;
  }

  #unlink(node: Node<Value>): void {
    node.isIn = false;
    if (node.previous === undefined) this.#head = node.next;
    else node.previous.next = node.next;
    if (node.next === undefined) this.#tail = node.previous;
    else node.next.previous = node.previous;
    this.#length--;
  }
}
