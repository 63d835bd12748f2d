/** The same guests for the peers that run JavaScript: `log` is what the host gives them, `guest` what it calls. */
import {
  COMPILE_BOMB_BYTES,
  FLOOD_LINE_BYTES,
  FLOOD_LINES,
  HUGE_BYTES,
  MANY_FUNCTIONS,
  MANY_FUNCTIONS_BYTES,
} from '../cases.ts';
import type { GuestName } from '../peer.ts';
import { remember } from './remember.ts';

const GUEST = `
let counted = 0;
globalThis.guest = {
  echo: (input) => input,
  count: () => String(++counted),
  loop: () => { for (;;); },
  grow: () => { const held = []; for (;;) held.push({ n: held.length }); },
  hostBomb: () => { for (;;) log('x'.repeat(1 << 20)); },
  offHeap: () => { const held = []; for (;;) held.push(new Uint8Array(64 << 20).fill(1)); },
  stack: () => { const call = () => call() + call(); return String(call()); },
  fill: () => String(new Uint8Array(2 ** 32).fill(1).length),
  trap: () => { throw new Error('the guest fails'); },
  huge: () => 'x'.repeat(${HUGE_BYTES}),
  hugeLine: () => { log('x'.repeat(${HUGE_BYTES})); return ''; },
  deepLog: () => { const call = () => { log('x'); return call() + call(); }; return String(call()); },
  // Where the guest has a network of its own, nobody else asks for it.
  get: async (address) => (await fetch(address)).text(),
  flood: () => { const line = 'x'.repeat(${FLOOD_LINE_BYTES}); for (let i = 0; i < ${FLOOD_LINES}; i++) log(line); return ''; },
};
`;

const STEP = 'if (n & 1) n = (n * 3) | 0;';

export const jsGuest = remember(function make(guest: GuestName): string {
  if (guest === 'start-loop') return 'for (;;);';
  if (guest === 'start-trap') return "throw new Error('the guest fails');";
  if (guest === 'many-functions') {
    const body = STEP.repeat(Math.ceil(MANY_FUNCTIONS_BYTES / MANY_FUNCTIONS / STEP.length));
    const functions = Array.from({ length: MANY_FUNCTIONS }, (_, i) => `function f${i}(n) { ${body} return n; }`);
    return `${functions.join('\n')}\n${GUEST}\nglobalThis.guest.bomb = () => String(f1(1));`;
  }
  if (guest === 'compile-bomb') {
    const body = STEP.repeat(Math.ceil(COMPILE_BOMB_BYTES / STEP.length));
    return `function f1(n) { ${body} return n; }\n${GUEST}\nglobalThis.guest.bomb = () => String(f1(1));`;
  }
  return GUEST;
});
