/** What the reader has to know before the first figure. */
export const LEAD: readonly string[] = [
  'Ringfence runs plugins that strangers have compiled to WebAssembly inside a Node.js program. Each module is checked and rewritten before V8 compiles it, so that every instruction is paid for with fuel: what never ends by itself ends when its fuel does, or at its deadline. By default a call may use 10⁹ units, which are instructions weighed by what they take: well below a second of computing. Memory is capped, and a plugin reaches what it was granted and nothing else.',
  'A plugin runs where the program says: `inline`, on the calling thread; in a `worker`, a thread, which is the default; or in a child `process`. This page is about what that costs and stops, and what others cost and stop, measured on one machine by one command. Below the three answers each suite has a section with its tables, and the command that makes them.',
];
