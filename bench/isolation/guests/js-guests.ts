/** The same guests for the peers that run JavaScript: `log` is what the host gives them, `guest` what it calls. */
import { FLOOD_LINE_BYTES, FLOOD_LINES, HUGE_OUTPUT_BYTES } from '../cases.ts';
import type { GuestName } from '../peer.ts';

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
  huge: () => 'x'.repeat(${HUGE_OUTPUT_BYTES}),
  flood: () => { const line = 'x'.repeat(${FLOOD_LINE_BYTES}); for (let i = 0; i < ${FLOOD_LINES}; i++) log(line); return ''; },
};
`;

export function jsGuest(guest: GuestName): string {
  if (guest === 'start-loop') return 'for (;;);';
  if (guest === 'start-trap') return "throw new Error('the guest fails');";
  return GUEST;
}
