/**
 * The one thing that a host function may throw into a guest.
 *
 * A guest with exception handling catches every JavaScript exception, `new WebAssembly.RuntimeError()` included. V8 marks
 * the error object of a real trap as uncatchable, and the mark stays on the object however often it is thrown: so a real
 * trap is made once, kept, and thrown whenever a host function has to end a call. Why the call ended is kept elsewhere.
 */

// (module (func (export "trap") unreachable))
const MODULE = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x04, 0x01, 0x60, 0x00, 0x00], // type 0: () -> ()
  ...[0x03, 0x02, 0x01, 0x00], // function 0 of type 0
  ...[0x07, 0x08, 0x01, 0x04, 0x74, 0x72, 0x61, 0x70, 0x00, 0x00], // export "trap" = function 0
  ...[0x0a, 0x05, 0x01, 0x03, 0x00, 0x00, 0x0b], // its body: unreachable, end
);

function makeTrap(): WebAssembly.RuntimeError {
  const { trap } = new WebAssembly.Instance(new WebAssembly.Module(MODULE)).exports as { trap: () => void };
  try {
    trap();
  } catch (error) {
    return error as WebAssembly.RuntimeError;
  }
  throw new Error('unreachable did not trap');
}

export const TRAP: WebAssembly.RuntimeError = makeTrap();
