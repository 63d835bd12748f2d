/**
 * A view of a few bytes is cloned with all the memory behind it, and that of a service may hold what is none of the guest's
 * business: small buffers of Node.js lie side by side in one. So what goes over a port gets memory of its own.
 */

/** The value with exact copies in place of views, where it is one or has some among its members. */
export function ownBytes(value: unknown): unknown {
  if (value instanceof Uint8Array) return owned(value);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value);
  if (!members.some(([, member]) => isView(member))) return value;
  if (Array.isArray(value)) return value.map(ownBytes);
  return Object.fromEntries(members.map(([name, member]) => [name, isView(member) ? owned(member) : member]));
}

const isView = (value: unknown): value is Uint8Array =>
  value instanceof Uint8Array && value.byteLength < value.buffer.byteLength;

const owned = (bytes: Uint8Array): Uint8Array => (isView(bytes) ? new Uint8Array(bytes) : bytes);
