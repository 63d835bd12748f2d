/** The first eight bytes: is this a core WebAssembly module, and if not, what is it? */
import { RingfenceError } from '../errors.ts';
import { malformed } from './reader.ts';
import { HEADER_BYTES } from './sections/layout.ts';

/**
 * - `module`: a core module, version 1
 * - `component`: a component-model component (layer 1), whatever its version
 * - `text`: WebAssembly text, a module or a component
 * - `unknown`: anything else; an error of {@link checkHeader} has a guess
 */
export type BytesKind = 'module' | 'component' | 'text' | 'unknown';

const MAGIC = [0x00, 0x61, 0x73, 0x6d];
const VERSION_1 = [0x01, 0x00, 0x00, 0x00];

/** Files that people hand over by mistake, by how they begin: text in lower case, or bytes. The first that fits is the guess. */
const GUESSES: readonly (readonly [what: string, starts: string | readonly number[]])[] = [
  ['an HTML page (did a download end at an error or login page?)', '<!doctype html'],
  ['an HTML page (did a download end at an error or login page?)', '<html'],
  ['an XML document', '<?xml'],
  ['a pointer of Git LFS (run `git lfs pull`)', 'version https://git-lfs'],
  ['JSON', '{'],
  ['JSON', '['],
  ['a script', '#!'],
  ['JavaScript source', 'import '],
  ['JavaScript source', 'export '],
  ['JavaScript source', '"use strict"'],
  ['an ELF executable or object file', [0x7f, 0x45, 0x4c, 0x46]],
  ['a Windows executable', 'mz'],
  ['a Mach-O executable', [0xcf, 0xfa, 0xed, 0xfe]],
  ['a Mach-O executable or a Java class', [0xca, 0xfe, 0xba, 0xbe]],
  ['a static library (ar archive)', '!<arch>'],
  ['LLVM bitcode', [0x42, 0x43, 0xc0, 0xde]],
  ['gzip data (unpack it first)', [0x1f, 0x8b]],
  ['a ZIP archive (unpack it first)', [0x50, 0x4b, 0x03, 0x04]],
  ['zstandard data (unpack it first)', [0x28, 0xb5, 0x2f, 0xfd]],
  ['a PNG image', [0x89, 0x50, 0x4e, 0x47]],
  ['UTF-16 text', [0xff, 0xfe]],
  ['UTF-16 text', [0xfe, 0xff]],
];

/** How many bytes are looked at to tell text from binary. */
const SAMPLE_BYTES = 256;
/** How many bytes a message shows. */
const SHOWN_BYTES = 8;

/** What kind of WebAssembly the bytes are, by their beginning alone. */
export function classifyBytes(bytes: Uint8Array): BytesKind {
  if (startsWith(bytes, MAGIC)) {
    if (startsWith(bytes, VERSION_1, MAGIC.length)) return 'module';
    // The two halves of the version word: a version, and a layer (0 module, 1 component). No component has version 0.
    return bytes[4] !== 0 && bytes[6] === 1 && bytes[7] === 0 ? 'component' : 'unknown';
  }
  return isWebAssemblyText(bytes) ? 'text' : 'unknown';
}

/**
 * Passes over the header of a core module.
 * @throws INVALID_MODULE, or UNSUPPORTED_FEATURE for a component; the message says what was expected, what came and what to do
 */
export function checkHeader(bytes: Uint8Array): void {
  const kind = classifyBytes(bytes);
  if (kind === 'module') return;
  const shown = `first bytes: ${showBytes(bytes)}`;
  if (kind === 'component') {
    throw new RingfenceError(
      'UNSUPPORTED_FEATURE',
      `Expected a core WebAssembly module (version 1), got a component (component model, layer 1; ${shown}). The engine loads components as they are (\`engine.load\`, \`ringfence run\`), and links them to a core module first; what takes a module by itself, such as \`ringfence/meter\`, takes core modules only (at offset 0x4)`,
      { stage: 'decode', details: { feature: 'component-model', offset: 4 } },
    );
  }
  const details = { firstBytes: showBytes(bytes) };
  if (bytes.length === 0)
    throw malformed('Expected a WebAssembly module, got an empty file. Build the plugin again', 0, details);
  if (kind === 'text') {
    throw malformed(
      `Expected a binary WebAssembly module, got WebAssembly text (${shown}). Assemble it first, for example with \`wat2wasm\` or \`wasm-tools parse\``,
      0,
      details,
    );
  }
  if (isPrefixOf(bytes, [...MAGIC, ...VERSION_1])) {
    throw malformed(
      `Expected a WebAssembly module, got only the first ${bytes.length} of its ${HEADER_BYTES} bytes of header (${shown}). The file is cut off: get or build it again`,
      bytes.length,
      details,
    );
  }
  if (startsWith(bytes, MAGIC)) {
    throw malformed(
      `Expected WebAssembly version 1 (01 00 00 00), got ${showBytes(bytes.subarray(MAGIC.length, HEADER_BYTES))}. Build the plugin with a toolchain that emits version 1`,
      MAGIC.length,
      details,
    );
  }
  throw malformed(
    `Expected a WebAssembly module (first bytes: ${showBytes(Uint8Array.from([...MAGIC, ...VERSION_1]))}), got ${guess(bytes)} (${shown}). Pass the path of the built .wasm file`,
    0,
    details,
  );
}

function guess(bytes: Uint8Array): string {
  const text = beginning(bytes).toLowerCase();
  for (const [what, starts] of GUESSES) {
    if (typeof starts === 'string' ? text.startsWith(starts) : startsWith(bytes, starts)) return what;
  }
  return isPrintable(bytes) ? 'text' : 'binary data of no kind that is known here';
}

/** The beginning as Latin-1 text, without byte-order mark and white space in front. */
function beginning(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, SAMPLE_BYTES))
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart();
}

/** Text of a module or component begins with "(", after comments: `;; line` and `(; block ;)`. */
function isWebAssemblyText(bytes: Uint8Array): boolean {
  return (
    /^(;;[^\n]*\n\s*|\(;[^;]*;\)\s*)*\((module|component|func|type|import|memory|;)/.test(beginning(bytes)) ||
    /^;;/.test(beginning(bytes))
  );
}

function isPrintable(bytes: Uint8Array): boolean {
  return bytes
    .subarray(0, SAMPLE_BYTES)
    .every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d);
}

function startsWith(bytes: Uint8Array, expected: readonly number[], from = 0): boolean {
  return expected.every((byte, i) => bytes[from + i] === byte);
}

/** True for what would be a header if it went on. */
function isPrefixOf(bytes: Uint8Array, whole: readonly number[]): boolean {
  return bytes.length < whole.length && bytes.every((byte, i) => whole[i] === byte);
}

/** "00 61 73 6d". */
function showBytes(bytes: Uint8Array): string {
  const shown = Array.from(bytes.subarray(0, SHOWN_BYTES), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return shown === '' ? 'none' : shown;
}
