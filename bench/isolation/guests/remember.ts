/** Guests are made once in each host: what that takes is not what a sandbox takes. */
import type { GuestName } from '../peer.ts';

export function remember<Form>(make: (guest: GuestName) => Form): (guest: GuestName) => Form {
  const made = new Map<GuestName, Form>();
  return (guest) => {
    const form = made.get(guest) ?? make(guest);
    made.set(guest, form);
    return form;
  };
}
