// A simulated job shop, n events: a binary heap of objects, an interface with several implementations, callbacks in a table.

interface Job {
  perform(now: i32): i32;
}
class Print implements Job {
  constructor(private pages: i32) {}
  perform(now: i32): i32 { return this.pages * 2 + (now & 1); }
}
class Copy implements Job {
  constructor(private size: i32) {}
  perform(now: i32): i32 { return this.size + (now % 3); }
}
class Batch implements Job {
  private jobs: Job[];
  constructor(jobs: Job[]) { this.jobs = jobs; }
  perform(now: i32): i32 {
    let total = 1;
    for (let i = 0; i < this.jobs.length; i++) total += this.jobs[i].perform(now + i);
    return total;
  }
}

class Event {
  constructor(public time: i32, public order: i32, public job: Job) {}
}

class Queue {
  private heap: Event[] = [];

  private before(a: Event, b: Event): bool {
    return a.time < b.time || (a.time == b.time && a.order < b.order);
  }

  push(event: Event): void {
    const heap = this.heap;
    heap.push(event);
    let at = heap.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.before(heap[at], heap[parent])) break;
      const swap = heap[at];
      heap[at] = heap[parent];
      heap[parent] = swap;
      at = parent;
    }
  }

  pop(): Event {
    const heap = this.heap;
    const first = heap[0];
    const last = heap.pop();
    if (heap.length == 0) return first;
    heap[0] = last;
    let at = 0;
    while (true) {
      let least = at;
      const left = 2 * at + 1;
      if (left < heap.length && this.before(heap[left], heap[least])) least = left;
      if (left + 1 < heap.length && this.before(heap[left + 1], heap[least])) least = left + 1;
      if (least == at) return first;
      const swap = heap[at];
      heap[at] = heap[least];
      heap[least] = swap;
      at = least;
    }
  }
}

type Rule = (load: i32, now: i32) => i32;
const RULES: Rule[] = [
  (load: i32, now: i32): i32 => load + 1,
  (load: i32, now: i32): i32 => load ^ (now & 15),
  (load: i32, now: i32): i32 => (load * 3) >> 1,
];

export function run(n: i32): i32 {
  const queue = new Queue();
  for (let i = 0; i < 64; i++) {
    const job: Job = i % 3 == 0 ? new Print(i) : i % 3 == 1 ? new Copy(i) : new Batch([new Print(i), new Copy(i >> 1)]);
    queue.push(new Event(i * 7 % 31, i, job));
  }
  let hash: u32 = 2166136261;
  for (let count = 0; count < n; count++) {
    const event = queue.pop();
    const load = event.job.perform(event.time);
    const delay = RULES[count % 3](load, event.time);
    hash = (hash ^ <u32>(event.time + event.order)) * 16777619;
    queue.push(new Event(event.time + 1 + (delay & 255), event.order, event.job));
  }
  return hash;
}
